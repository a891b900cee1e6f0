import { suggestName } from "../../config/nearestName";
import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { withInnerNetwork } from "../../host/innerNetwork";
import { inParallel } from "../../registry/inParallel";
import { otherColor } from "../../release/release";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { listenUrl } from "../../rules/edge/listenUrl";
import {
  isWell,
  type DeepFinding,
  type DeepLook,
  type DeepStatus,
} from "../../rules/health/deepStatus";
import { HostError } from "../../rules/host/asking";
import { imagesOf } from "../../rules/stepInput";
import { DockerHostHands } from "../../targets/dockerHost/hands";
import { findEdgeProblems } from "../shared/edgeProblems";
import { lookAtStatefulServices, type StatefulStatus } from "../stateful/look";
import { dependencyLooks } from "./dependencyLooks";
import type { Examined, PlannedLook } from "./examined";
import { frontendLooks } from "./frontendLooks";
import { serviceLooks } from "./serviceLooks";
import { statefulLooks } from "./statefulLooks";

/** The container that they go through is small. */
const MOST_CONNECTIONS = 4;

/** What is to be looked at. */
export interface DeepChoice {
  readonly set: "active" | "idle";
  /** Null: all. */
  readonly service: string | null;
}

/**
 * Looks at everything of a set at once, down to what its services cannot do without; changes nothing.
 *
 * @throws Error where there is no such set or service.
 * @throws HostError where the host cannot be reached.
 */
export async function lookDeep(
  host: Host,
  stack: string,
  settings: Settings,
  choice: DeepChoice,
): Promise<DeepStatus> {
  const all = await lookAtStatefulServices(host, stack, settings);
  const stateful = all.filter(({ service }) => [null, service].includes(choice.service));
  const examined = await examinedOf(host, stack, settings, choice, stateful);
  const { prefix, color, isActive, record } = examined;
  const engine = await host.engine();
  const edge = edgeContainerName(prefix);
  const images = [settings.edge.image, ...Object.values(imagesOf(record))];
  const network = { prefix, beside: edge, images: [...new Set(images)] };
  const looks = await withInnerNetwork(engine, network, async (dial) => {
    const own = [
      ...(choice.service === null ? [edgeLook(examined)] : []),
      ...(await serviceLooks(examined)),
      ...frontendLooks(examined),
      ...statefulLooks(host, examined, stateful),
    ];
    const used = dependencyLooks(examined, engine, dial);
    const found = [Promise.all(own.map(take)), inParallel(used, MOST_CONNECTIONS, take)];
    return (await Promise.all(found)).flat();
  });
  const beside = stateful.map((each) => each.service);
  const places = [null, ...Object.keys(record.services), ...beside];
  const sorted = [...looks].sort((a, b) => places.indexOf(a.service) - places.indexOf(b.service));
  const at = new Date().toISOString();
  return {
    ...{ stack, at, set: color, isActive, release: record.id },
    ...{ well: isWell(sorted), looks: sorted },
  };
}

async function examinedOf(
  host: Host,
  stack: string,
  settings: Settings,
  { set, service }: DeepChoice,
  stateful: readonly StatefulStatus[],
): Promise<Examined> {
  const directory = new HostDirectory(host, settings.directory);
  const active = await directory.edge.readActiveColor();
  if (active === null) throw new Error("nothing serves yet; run `pulumi up`");
  const color = set === "active" ? active : otherColor(active);
  const record = (await directory.records.readPlacement(color))?.record;
  if (!record) throw new Error(`--set: the ${set} set holds no release; look at the other one`);
  const names = Object.keys(record.services);
  const isBeside = stateful.some((each) => each.service === service);
  if (service !== null && !isBeside && !names.includes(service)) {
    throw new Error(
      `${service}: no service of release ${record.id}; ${suggestName(service, names)}`,
    );
  }
  const prefix = stackPrefix(stack);
  const edgeUrl = listenUrl(settings.edge.listen);
  const previewUrl = listenUrl(settings.edge.preview);
  const place = { prefix, directory: settings.directory, edgeUrl, previewUrl };
  return {
    ...{ stack, prefix, settings, host, color, record },
    hands: new DockerHostHands(host, place),
    isActive: color === active,
    services: service === null ? names : isBeside ? [] : [service],
  };
}

function edgeLook({ host, settings, color, isActive }: Examined): PlannedLook {
  const url = listenUrl(settings.edge.listen);
  return {
    ...{ service: null, check: "edge" },
    async look() {
      const problems = await findEdgeProblems(host, url, isActive ? color : otherColor(color));
      return problems.length === 0
        ? { condition: "good", says: url }
        : { condition: "bad", says: problems.join("; "), mend: "maestro doctor" };
    },
  };
}

async function take({ service, check, look }: PlannedLook): Promise<DeepLook> {
  const start = performance.now();
  const finding = await look().catch((error: unknown): DeepFinding => {
    if (error instanceof HostError) throw error;
    return { condition: "unknown", says: (error as Error).message };
  });
  return { service, check, ...finding, milliseconds: performance.now() - start };
}
