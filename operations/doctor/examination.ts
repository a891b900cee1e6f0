import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import type { Condition } from "../../rules/health/condition";
import { HostError } from "../../rules/host/asking";

/** What was found. */
export interface Finding {
  readonly condition: Condition;
  /** One line: what there is. */
  readonly says: string;
  /** What follows from it. @default - nothing */
  readonly means?: string;
  /** A command, or what else mends it. @default - nothing needs to be mended */
  readonly mend?: string;
  /** Mends it. Only where that can do no harm at any time; says what was done. @default - nobody but an operator can */
  readonly fix?: () => Promise<string>;
}

/** A stack that is looked at. */
export interface Patient {
  readonly stack: string;
  /** Of all its names on the host. */
  readonly prefix: string;
  readonly settings: Settings;
  /** @throws HostError when it cannot be reached, which is said once and elsewhere. */
  readonly host: () => Promise<Host>;
  readonly directory: () => Promise<HostDirectory>;
}

/** One thing that is looked at, in a file of its own. */
export interface Examination {
  /** `registry`: what its findings are shown under. */
  readonly name: string;
  /** Looks, and changes nothing. No finding: there is nothing of that kind. What it throws is a finding. */
  look(patient: Patient): Promise<readonly Finding[]>;
}

/** All findings of one examination. */
export interface Examined {
  readonly name: string;
  readonly findings: readonly Finding[];
}

/** Whatever is well answers in a tenth of it. */
const DEADLINE_MILLISECONDS = 15_000;

/** A stack as examinations see it; the host is reached once for all. */
export function patientOf(stack: string, settings: Settings, host: () => Promise<Host>): Patient {
  const directory = async () => new HostDirectory(await host(), settings.directory);
  return { stack, prefix: stackPrefix(stack), settings, host, directory };
}

/** Looks at everything at once; what takes too long is not waited for. */
export function examine(
  examinations: readonly Examination[],
  patient: Patient,
  deadlineMilliseconds: number = DEADLINE_MILLISECONDS,
): Promise<Examined[]> {
  return Promise.all(
    examinations.map(async (examination) => {
      const { name } = examination;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<readonly Finding[]>((resolve) => {
        const seconds = deadlineMilliseconds / 1000;
        const says = `no answer within ${seconds} s`;
        timer = setTimeout(() => resolve([{ condition: "unknown", says }]), deadlineMilliseconds);
      });
      const found = Promise.resolve()
        .then(() => examination.look(patient))
        .catch((error: unknown): Finding[] => [whatFailed(name, error)]);
      const findings = await Promise.race([found, late]);
      clearTimeout(timer);
      return { name, findings };
    }),
  );
}

/** A host that cannot be reached is the finding of who looks at that; for all others it is why they know nothing. */
function whatFailed(name: string, error: unknown): Finding {
  const says = error instanceof Error ? error.message : String(error);
  if (error instanceof HostError && name !== "host") {
    return { condition: "unknown", says: "the host cannot be reached" };
  }
  return { condition: name === "host" ? "bad" : "unknown", says };
}

/** A message `what is wrong; what to do` as a finding's. */
export function inParts(message: string): Pick<Finding, "says" | "mend"> {
  const [, says = message, mend] = /^(.*?); (.*)$/s.exec(message) ?? [];
  return { says, ...(mend && { mend }) };
}

/** A thing that is as it must be. */
export function good(says: string): Finding[] {
  return [{ condition: "good", says }];
}
