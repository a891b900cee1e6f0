import { edgeConfig } from "./edgeConfig";
import type { DriftFacts } from "./facts";
import { inOrder, type DriftFinding, type DriftRule } from "./finding";
import { foreignContainers } from "./foreignContainers";
import { idleSet } from "./idleSet";
import { images } from "./images";
import { lasting } from "./lasting";
import { leftovers } from "./leftovers";
import { promotionOrder } from "./promotionOrder";
import { recordChain } from "./recordChain";
import { resources } from "./resources";
import { restarts } from "./restarts";
import { secretVersions } from "./secretVersions";
import { servingOutputs } from "./servingOutputs";
import { setContainers } from "./setContainers";
import { stateful } from "./stateful";

/** In the order in which their findings are mended: what holds a port or an address goes before what needs it. */
export const DRIFT_RULES: readonly DriftRule[] = [
  foreignContainers,
  lasting,
  stateful,
  edgeConfig,
  servingOutputs,
  setContainers,
  images,
  secretVersions,
  idleSet,
  promotionOrder,
  leftovers,
  recordChain,
  resources,
  restarts,
];

/** How a stack differs from what was released to it. What the host has told of a container, no other says again. */
export function findDrift(facts: DriftFacts): DriftFinding[] {
  const found = DRIFT_RULES.flatMap((rule) => rule.find(facts));
  const places = (isState: boolean) =>
    found
      .filter(({ severity, id }) => severity !== "note" && id.startsWith("resource-") === isState)
      .map(({ where }) => where);
  const told = new Set(places(false));
  const changed = new Set([...told, ...places(true)]);
  return inOrder(
    found.filter(({ id, where, severity }) => {
      if (id.startsWith("resource-")) return !told.has(where);
      // Of a container that is not as it was, a restart is no news.
      return severity !== "note" || !changed.has(where);
    }),
  );
}
