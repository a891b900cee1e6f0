import { instanceRoot, projectName } from "../../config/project";
import { writeSecretFiles } from "../../host/secretFiles";
import type { StatefulPlace } from "../../host/statefulContainers";
import {
  statefulHolder,
  statefulSecrets,
  type StatefulPlan,
} from "../../rules/stateful/statefulPlan";
import type { StatefulInput } from "../../rules/stepInput";
import { openStore } from "../../secretStore/openStore";
import { filesOf } from "../deliverSecrets";

/**
 * Puts the files of a stateful service's secrets on the host, in the version that its plan names. Values pass through
 * this process's memory alone.
 *
 * @param others plans whose files stay: one of them may run again.
 */
export async function deliverFiles(
  { engine, prefix, service }: StatefulPlace,
  { stack, secrets }: Pick<StatefulInput, "stack" | "secrets">,
  plan: StatefulPlan,
  others: readonly StatefulPlan[],
): Promise<void> {
  if (plan.secrets === null) return;
  const { directory, ...delivered } = plan.secrets;
  const store = await openStore({ secrets, stack, project: projectName(), root: instanceRoot() });
  const files = await filesOf(prefix, store, service, delivered);
  const kept = others.flatMap((other) => statefulSecrets(prefix, service, other)?.below ?? []);
  const options = { engine, prefix, directory, color: statefulHolder(service) };
  await writeSecretFiles(options, [files], kept);
}
