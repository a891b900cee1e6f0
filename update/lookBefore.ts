import type { Settings } from "../config/settings";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { observeHost } from "../host/observe";
import type { EdgeRecord, StackRecords } from "../records/stackRecords";
import { COLORS, type Release } from "../release/release";
import { PlanError, type ObservedState } from "../release/rolloutPlan";
import type { StackOutputs } from "../release/stackOutputs";
import { listenUrl } from "../rules/edge/listenUrl";
import { generationOf } from "../rules/edge/nginxConfig";
import { checkMachine, readCertificate, type EdgeCertificate } from "./hostPreflight";
import type { Promotion } from "../release/promotion";
import { promotedRelease } from "./promotedRelease";
import { SecretPreflight } from "./secretPreflight";

/** What an update is planned from. */
export interface UpdatePlanArgs {
  readonly settings: Settings;
  readonly prefix: string;
  /**
   * The last outputs. Reading them takes longer than all the rest of a plan, so they are only waited for where the
   * host's own records do not say everything.
   */
  readonly previous: Promise<Partial<StackOutputs>>;
}

/** Everything that is known before an update decides anything. */
export interface Look {
  /** As configured; where the release is taken over from another stack, with that one's digests. */
  readonly settings: Settings;
  readonly prefix: string;
  readonly promotion: Promotion | null;
  readonly records: StackRecords;
  readonly observed: ObservedState | null;
  /** The last outputs, as far as the host's records do not say the same. */
  readonly previous: Partial<StackOutputs>;
  /** All of the last outputs, for what can wait for them. */
  readonly lastOutputs: Promise<Partial<StackOutputs>>;
  readonly edge: EdgeRecord | null;
  /** Generation of the edge's live configuration. */
  readonly generation: string;
  readonly certificate: EdgeCertificate | null;
  readonly secrets: SecretPreflight;
  readonly secretVersions: Readonly<Record<string, string>>;
  /** The release whose settings are asked for again; null: today's settings are. */
  readonly recorded: Release | null;
}

/**
 * Looks at the host, the records, the secrets and the last outputs; touches nothing.
 *
 * @throws PlanError where what is there belongs to a stack of another name or network.
 */
export async function lookBefore(host: Host, args: UpdatePlanArgs): Promise<Look> {
  const { prefix } = args;
  const promotion = await promotedRelease(args.settings, args.previous);
  const settings = promotion ? { ...args.settings, release: promotion.digests } : args.settings;
  const directory = new HostDirectory(host, settings.directory);
  const { records } = directory;
  const edge = await records.readEdge();
  refuseRename(prefix, edge?.prefix ?? (await args.previous).network?.name);
  await checkMachine(host, prefix, settings, edge);
  const observed = await observeHost(host, {
    directory: settings.directory,
    edgeUrl: listenUrl(settings.edge.listen),
    prefix,
  });
  const previous = isComplete(observed) ? {} : await args.previous;
  refuseMovedNetwork(settings, edge?.subnet ?? previous.network?.subnet);
  const secrets = new SecretPreflight(settings);
  return {
    settings,
    prefix,
    promotion,
    records,
    observed,
    previous,
    lastOutputs: args.previous,
    edge,
    generation: generationOf((await directory.edge.readConfig()) ?? ""),
    certificate: settings.edge.tls && (await readCertificate(host, settings.edge.tls)),
    secrets,
    secretVersions: await secrets.currentVersions(),
    recorded: await findRecord(settings.settingsFrom, records, observed, previous),
  };
}

/** Every name on the host begins with the stack's: another one would replace edge and database server. */
function refuseRename(prefix: string, recorded: string | undefined): void {
  if (recorded !== undefined && recorded !== prefix) {
    throw new PlanError(
      `the stack was renamed: its containers on the host are named ${recorded}, but this update would name them ` +
        `${prefix}, and replace the edge and the database server while they serve; go back with \`pulumi stack rename\` ` +
        `to the name before (and \`name:\` in Pulumi.yaml), or destroy the stack first`,
    );
  }
}

/** Every container has an address in the subnet: another one would replace what serves. */
function refuseMovedNetwork(settings: Settings, subnet: string | undefined): void {
  if (subnet !== undefined && subnet !== settings.subnet) {
    throw new PlanError(
      `maestro:network.subnet: cannot change while containers have addresses in ${subnet}, got ${settings.subnet}; ` +
        `set it back, or destroy the stack first`,
    );
  }
}

function isComplete(observed: ObservedState | null): boolean {
  const placements = observed?.placements;
  return observed?.activeColor != null && placements?.blue != null && placements.green != null;
}

async function findRecord(
  id: string | null,
  records: StackRecords,
  observed: ObservedState | null,
  previous: Partial<StackOutputs>,
): Promise<Release | null> {
  if (id === null) return null;
  const held = COLORS.flatMap((color) => [
    observed?.placements[color]?.record,
    previous.containerSets?.[color],
  ]);
  return held.find((record) => record?.id === id) ?? (await records.readRelease(id));
}
