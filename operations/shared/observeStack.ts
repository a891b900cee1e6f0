import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { observeHost } from "../../host/observe";
import type { ObservedState } from "../../release/rolloutPlan";
import { listenUrl } from "../../rules/edge/listenUrl";

/** What serves of a stack right now, as an update that is about to be run will see it; see {@link observeHost}. */
export function observeStack(
  stack: string,
  { host, directory, edge }: Pick<Settings, "host" | "directory" | "edge">,
): Promise<ObservedState | null> {
  const options = { directory, edgeUrl: listenUrl(edge.listen), prefix: stackPrefix(stack) };
  return withHost(host, (connected) => observeHost(connected, options));
}
