import { withHost } from "../../host/connectHost";
import { HostDirectory } from "../../host/hostDirectory";
import type { StackEvent } from "../../records/event";
import { COLORS, digestsOf, type ReleaseRecord } from "../../release/release";
import { readDeliveries, type Delivered } from "../../rules/analytics/deployments";
import type { Reserved } from "../../rules/analytics/costs";
import type { ShownSet } from "../../rules/analytics/pageFacts";
import type { ServingVersions } from "../../rules/analytics/versionDrift";
import type { GateSettings } from "../../rules/gates/gateSettings";
import { listenUrl } from "../../rules/edge/listenUrl";
import type { Settings } from "../../config/settings";
import { readStackSettings } from "../shared/stackFile";

/** What a stack's host knows of its releases. */
export interface StackFacts {
  readonly url: string;
  readonly events: readonly StackEvent[];
  readonly delivered: Delivered;
  readonly sets: readonly ShownSet[];
  /** What serves; null: nothing does. */
  readonly serving: ServingVersions | null;
  /** Those whose settings are kept, the newest first. */
  readonly releases: readonly ReleaseRecord[];
  /** What its containers may use, as it is configured. */
  readonly reserved: Reserved;
  /** What a release must pass; null: nothing. */
  readonly gates: GateSettings | null;
}

/** Asks a stack's host for all that reports and pages tell. */
export function lookAtStack(stack: string): Promise<StackFacts> {
  const settings = readStackSettings(stack);
  const { host: address, directory, edge } = settings;
  return withHost(address, async (host) => {
    const files = new HostDirectory(host, directory);
    const { records } = files;
    const [events, active, last, kept, ...placements] = await Promise.all([
      records.events.list(),
      files.edge.readActiveColor(),
      records.readSwitch(),
      records.listReleases(),
      ...COLORS.map((color) => records.readPlacement(color)),
    ]);
    const sets = COLORS.map((color, index): ShownSet => {
      const placement = placements[index] ?? null;
      return {
        color,
        isActive: color === active,
        release: placement?.record.id ?? null,
        isProven: placement?.proven ?? false,
      };
    });
    const serving = active && placements[COLORS.indexOf(active)]?.record;
    const claims = events.map(({ release = "" }) => release);
    return {
      url: listenUrl(edge.listen),
      ...{ reserved: reservedBy(settings), gates: settings.gates },
      ...{ events, delivered: readDeliveries(events) },
      sets: sets.sort((one, other) => Number(other.isActive) - Number(one.isActive)),
      serving: serving ? { digests: digestsOf(serving), since: last?.at ?? "" } : null,
      releases: kept.sort(
        (one, other) => claims.lastIndexOf(other.id) - claims.lastIndexOf(one.id),
      ),
    };
  });
}

function reservedBy({ services, edge, postgres, rollout }: Settings): Reserved {
  return {
    services: Object.values(services).map(({ replicas, resources }) => ({
      ...{ replicas, memoryMegabytes: resources.memoryMegabytes, cpus: Number(resources.cpus) },
    })),
    sharedMemoryMegabytes: edge.memoryMegabytes + (postgres?.memoryMegabytes ?? 0),
    isIdleSetWarm: rollout.keepPrevious === "warm",
  };
}

/** What serves on each stack where something does. */
export function servingOn(facts: ReadonlyMap<string, StackFacts>): Map<string, ServingVersions> {
  return new Map(
    [...facts].flatMap(([stack, { serving }]) => (serving ? [[stack, serving] as const] : [])),
  );
}
