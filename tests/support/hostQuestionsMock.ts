import type { HistoryRevision } from "../../rules/database/alembicHistory";
import type {
  EdgeCertificate,
  HostQuestions as ActualQuestions,
} from "../../targets/dockerHost/questions";
import type { ImageDeclarations } from "../../release/release";
import type { ClaimInput, GateInput, SwitchInput } from "../../rules/stepInput";
import type { ObservedState } from "../../release/rolloutPlan";

/** What the host reports to a program under test. */
export const observedState: { current: ObservedState | null } = { current: null };

/** What images declare to a program under test. */
export const imageDeclarations: { current: ImageDeclarations } = { current: {} };
/** What the operations of an update do to the host, so that a look at its end sees what it has done. */
export function pretendOperation(command: string, stdin: string): void {
  const before = observedState.current ?? {
    activeColor: null,
    switchNumber: 0,
    placements: { blue: null, green: null },
  };
  if (command.endsWith("claimSet")) {
    const { color, placement: number, record } = JSON.parse(stdin) as ClaimInput;
    if (before.placements[color]?.number === number) return;
    const placement = { number, record, proven: false };
    observedState.current = { ...before, placements: { ...before.placements, [color]: placement } };
  } else if (command.endsWith("healthGate")) {
    const { color } = JSON.parse(stdin) as GateInput;
    const placement = { ...before.placements[color]!, proven: true };
    observedState.current = { ...before, placements: { ...before.placements, [color]: placement } };
  } else if (command.endsWith("switchTraffic")) {
    const { color, switchNumber } = JSON.parse(stdin) as SwitchInput;
    observedState.current = { ...before, activeColor: color, switchNumber };
  }
}

/** Stands in for `targets/dockerHost/questions`: no engine, no edge and no registry, and nothing is in the way. */
export class HostQuestions implements Public<ActualQuestions> {
  readonly processors = 2;

  observe(): Promise<ObservedState | null> {
    return Promise.resolve(observedState.current);
  }

  checkMachine(): Promise<void> {
    return Promise.resolve();
  }

  readCertificate(): Promise<EdgeCertificate | null> {
    return Promise.resolve({ fingerprint: "0".repeat(64), problems: [] });
  }

  checkCertificate(): Promise<void> {
    return Promise.resolve();
  }

  checkEngine(): Promise<void> {
    return Promise.resolve();
  }

  checkImages(): Promise<ImageDeclarations> {
    return Promise.resolve(imageDeclarations.current);
  }

  checkDatabaseServer(): Promise<void> {
    return Promise.resolve();
  }

  readHistory(): Promise<readonly HistoryRevision[]> {
    return Promise.resolve([]);
  }

  readUpgradeSql(): Promise<string> {
    return Promise.resolve("");
  }

  memoryBytes(): Promise<number | null> {
    return Promise.resolve(2 ** 33);
  }
}

/** What others see of a class. */
type Public<T> = Pick<T, keyof T>;
