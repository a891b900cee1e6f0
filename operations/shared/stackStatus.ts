import { failureOf } from "../../host/ask";
import { stackPrefix } from "../../config/project";
import { withHost } from "../../host/connectHost";
import { listSet, type SetContainer } from "../../host/engine";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import type { RejectionRecord, SwitchRecord } from "../../records/stackRecords";
import { inspectSet, type InspectedSet } from "../../host/inspectSet";
import { describeDifference, LIMITS } from "../../rules/host/containerDifferences";
import { probePath } from "../../rules/edge/edgeLayout";
import { isShared, type CanaryRecord } from "../../release/canary";
import type { Roll } from "../../release/rolling";
import { readRoll } from "../../host/observe";
import type { HistoryEntry } from "../../release/history";
import { listenUrl } from "../../rules/edge/listenUrl";
import type { Settings } from "../../config/settings";
import type { StackOutputs } from "../../release/stackOutputs";
import { COLORS, type Color } from "../../release/release";
import { describeAnswer, isWell } from "../../rules/edge/healthAnswer";
import { findStandingRules, type StandingRule } from "../byHand/standing";
import { lookAtStatefulServices, type StatefulStatus } from "../stateful/look";
import { findEdgeProblems } from "./edgeProblems";
import { readOutputs } from "./pulumi";
import { readStackSettings } from "./stackFile";

/** A container and whether it answers its readiness path. */
export interface ContainerStatus {
  readonly name: string;
  readonly service: string;
  readonly image: string;
  /** The Engine's words: `Up 2 minutes`. */
  readonly status: string;
  readonly ready: boolean;
  /** What it answered when it was not ready; null: it is. */
  readonly answer: string | null;
}

export interface SetStatus {
  readonly color: Color;
  readonly active: boolean;
  readonly release: string | null;
  readonly proven: boolean;
  readonly containers: readonly ContainerStatus[];
  /** What its containers are that the release's record does not say, one line each, and which are missing. */
  readonly differences: readonly string[];
}

/** All there is to know about a stack at one moment. */
export interface StackStatus {
  readonly stack: string;
  readonly healthy: boolean;
  readonly problems: readonly string[];
  readonly url: string | null;
  readonly previewUrl: string | null;
  readonly activeColor: Color | null;
  readonly lastSwitch: SwitchRecord | null;
  /** A release that gets a share of the clients; null: none. */
  readonly canary: CanaryRecord | null;
  /** A release whose services are moved one by one; null: none. */
  readonly roll: Roll | null;
  /** What operators have the edge do with requests for a while. No problem of the stack's. */
  readonly byHand: readonly StandingRule[];
  readonly sets: readonly SetStatus[];
  /** Services with data of their own, of no set. */
  readonly stateful: readonly StatefulStatus[];
  readonly history: readonly HistoryEntry[];
  readonly rejected: readonly RejectionRecord[];
  /** Channels that were not told of the last thing that they tell of, and why. No problem of the stack's. */
  readonly untold: readonly {
    readonly channel: string;
    readonly at: string;
    readonly says: string;
  }[];
}

/** Asks the host, the edge, every container and the stack's outputs. */
export function inspectStack(stack: string): Promise<StackStatus> {
  const settings = readStackSettings(stack);
  return withHost(settings.host, (host) => inspectOn(host, stack, settings));
}

async function inspectOn(host: Host, stack: string, settings: Settings): Promise<StackStatus> {
  const prefix = stackPrefix(stack);
  const directory = new HostDirectory(host, settings.directory);
  const previewUrl = listenUrl(settings.edge.preview);
  const engine = await host.engine();
  const activeColor = await directory.edge.readActiveColor();
  const edge = await directory.records.readEdge();
  const sets = await Promise.all(
    COLORS.map(async (color): Promise<SetStatus> => {
      const placement = await directory.records.readPlacement(color);
      const counts = placement?.proven || color === activeColor;
      const set = placement &&
        counts && {
          prefix,
          color,
          record: placement.record,
          subnet: edge?.subnet ?? null,
        };
      const inspected = set ? await inspectSet(engine, set) : null;
      const images = new Map(inspected?.members.map(({ id, image }) => [id, image]));
      const containers = await listSet(engine, prefix, color);
      return {
        color,
        active: color === activeColor,
        release: placement?.record.id ?? null,
        proven: placement?.proven ?? false,
        containers: await Promise.all(
          containers
            .map((container) => ({
              ...container,
              image: images.get(container.id) ?? container.image,
            }))
            .sort((a, b) => (a.name < b.name ? -1 : 1))
            .map((container) => inspectContainer(host, container, color, previewUrl)),
        ),
        differences: inspected ? differencesOf(inspected) : [],
      };
    }),
  );
  const outputs = await readOutputs(stack);
  const canary = await directory.records.readCanary();
  const roll = await readRoll(directory);
  const rejected = await directory.records.listRejections();
  const stateful = await lookAtStatefulServices(host, stack, settings);
  const problems = [
    ...stateful.flatMap(({ problem }) => problem ?? []),
    ...(await findEdgeProblems(host, listenUrl(settings.edge.listen), activeColor)),
    ...sets.flatMap((set) => setProblems(set, roll)),
    ...outputsProblems(outputs, sets, rejected),
  ];
  return {
    stack,
    healthy: problems.length === 0,
    problems,
    url: outputs.url ?? null,
    previewUrl: outputs.previewUrl ?? null,
    activeColor,
    lastSwitch: await directory.records.readSwitch(),
    canary: isShared(canary, activeColor) ? canary : null,
    roll,
    byHand: await findStandingRules(host, directory, listenUrl(settings.edge.listen)),
    sets,
    stateful,
    history: outputs.history ?? [],
    rejected,
    untold: await findUntold(directory, settings),
  };
}

async function inspectContainer(
  host: Host,
  { name, service, replica, image, status }: SetContainer,
  color: Color,
  previewUrl: string,
): Promise<ContainerStatus> {
  const url = previewUrl + probePath(color, service, replica, "ready");
  const answer = await host
    .ask(url)
    .then((given) => (isWell(given) ? null : describeAnswer(given)), failureOf);
  return { name, service, image, status, ready: answer === null, answer };
}

async function findUntold({ records }: HostDirectory, { notices }: Settings) {
  const failures = (notices ?? []).map(async ({ name }) => {
    const failure = (await records.notices.readCursor(name))?.failure;
    return failure ? [{ channel: name, ...failure }] : [];
  });
  return (await Promise.all(failures)).flat();
}

/** Whether the outputs tell others what users get. A release that was rejected may serve for want of a better one. */
function outputsProblems(
  { activeColor, release }: Partial<StackOutputs>,
  sets: readonly SetStatus[],
  rejected: readonly RejectionRecord[],
): string[] {
  const serving = sets.find(({ active }) => active);
  if (!serving || !activeColor) return [];
  const isRejected = rejected.some((rejection) => rejection.release === serving.release);
  const mend = isRejected
    ? "what serves was rejected, and users still have it; run `maestro rollback`"
    : "an update was stopped; run `pulumi up`";
  if (activeColor !== serving.color) {
    return [`the outputs say ${activeColor}, the edge serves ${serving.color}: ${mend}`];
  }
  return !release || release.id === serving.release
    ? []
    : [`the outputs say release ${release.id}, the edge serves ${serving.release}: ${mend}`];
}

function differencesOf({ missing, differences }: InspectedSet): string[] {
  return [
    ...missing.map((name) => `${name} is missing: run \`pulumi up --refresh\``),
    ...differences.map((found) =>
      found.what === LIMITS.processes
        ? `${describeDifference(found)}: \`docker update --pids-limit ${found.wanted} ${found.container}\` sets it`
        : `${describeDifference(found)}: go to another release (\`npm run rollback\`) and come back, which makes it again`,
    ),
  ];
}

/** What is wrong with what serves: a container missing, not what the record says, or not ready. */
function setProblems(set: SetStatus, roll: Roll | null): string[] {
  const { color, active, release, containers, differences } = set;
  if (!active && !roll) return [];
  if (release === null) return [`${color} serves, but there is no record of its release`];
  const serves = (service: string) => (roll?.moved.includes(service) ?? false) !== active;
  const unready = containers
    .filter(({ ready, service }) => !ready && serves(service))
    .map(({ name, status, answer }) => `${name} is not ready (${status}): ${String(answer)}`);
  return [...differences, ...unready];
}
