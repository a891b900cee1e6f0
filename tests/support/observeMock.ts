import type { ImageDeclarations } from "../../release/release";
import type { ClaimInput, GateInput, SwitchInput } from "../../rules/stepInput";
import type { ObservedState } from "../../release/rolloutPlan";

/** What `observeHost` reports to a program under test. */
export const observedState: { current: ObservedState | null } = { current: null };

/** Stands in for `host/observe`: no edge, no engine. */
export function observeHost(): Promise<ObservedState | null> {
  return Promise.resolve(observedState.current);
}

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

/** Stands in for `registry/imagePreflight`: every image can be had. */
export function checkImages(): Promise<ImageDeclarations> {
  return Promise.resolve(imageDeclarations.current);
}

/** Stands in for `update/hostPreflight`: nobody else is on the machine. */
export function checkMachine(): Promise<void> {
  return Promise.resolve();
}

/** Stands in for `components/hostPreflight`: the engine can do what is asked. */
export function checkEngine(): Promise<void> {
  return Promise.resolve();
}

/** Stands in for `components/hostPreflight`: the database server is as it was. */
export function checkDatabaseServer(): Promise<void> {
  return Promise.resolve();
}

/** Stands in for `components/hostPreflight`: a certificate that nothing is wrong with. */
export function readCertificate(): Promise<{ fingerprint: string; problems: string[] }> {
  return Promise.resolve({ fingerprint: "0".repeat(64), problems: [] });
}
