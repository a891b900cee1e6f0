import type { HostDirectory } from "../../host/hostDirectory";
import type { StatefulPlace } from "../../host/statefulContainers";
import type { StatefulPlan } from "../../rules/stateful/statefulPlan";

/** A stateful service that a step works on. */
export interface StatefulTask extends StatefulPlace {
  readonly directory: HostDirectory;
  /** Puts the files of its secrets on the host, and leaves those of other plans where they are. */
  readonly deliver: (plan: StatefulPlan, others: readonly StatefulPlan[]) => Promise<void>;
}
