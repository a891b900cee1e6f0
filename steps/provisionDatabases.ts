import { projectName, instanceRoot } from "../config/project";
import { withHost } from "../host/connectHost";
import type { PlacedUses } from "../records/databaseRecord";
import type { StackRecords } from "../records/stackRecords";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import type { DatabaseUse } from "../rules/database/databaseCatalog";
import { planRoles } from "../rules/database/databaseRoles";
import type { MigrationInput } from "../rules/stepInput";
import { postgresContainerName } from "../rules/database/postgresLayout";
import { otherColor } from "../release/release";
import type { Placement } from "../release/rolloutPlan";
import { openStore } from "../secretStore/openStore";
import type { SecretStore } from "../secretStore/store";
import { readCatalog, runSql, waitUntilReady } from "../targets/dockerHost/databaseServer";
import { usesOf, usesOfExisting, withoutPassword, type UseWithPassword } from "./databases/uses";
import { duringUpdate } from "./shared/duringUpdate";
import { readInput } from "./shared/input";

type Uses = Readonly<Record<string, DatabaseUse>>;

/**
 * Makes roles and a database for each service whose DATABASE_URL names the stack's own server, beside the roles that
 * other sets use: what serves must be able to connect again whatever becomes of this release. Another server's databases
 * are their owner's matter. Can be run any number of times.
 */
export function main(): Promise<void> {
  const input = readInput<MigrationInput>("provisionDatabases");
  return withHost(input.host, (host) => {
    const { records } = new HostDirectory(host, input.directory);
    return duringUpdate({ records, release: input.release }, () => provision(host, input));
  });
}

async function provision(host: Host, input: MigrationInput): Promise<void> {
  const { prefix, secrets, stack, color, directory } = input;
  const store = await openStore({ secrets, stack, project: projectName(), root: instanceRoot() });
  const held = new HostDirectory(host, directory);
  const { records } = held;
  const placement = await requireClaim(records, input);
  const uses = await usesOf(store, prefix, placement.record);
  const other = otherColor(color);
  const existing = await readExisting(records, input, store, await liveSet(held, input));
  const wanted = Object.entries(uses).flatMap(([service, use]) => {
    // One without a migration gets a login of its own, or shares a role that another service brings.
    if (!input.services[service] && use.login === use.named) return [];
    const before = existing?.uses[service];
    return [{ ...use, service, usedBefore: before ? [before.database] : [] }];
  });
  if (wanted.length === 0) {
    console.log("no service's DATABASE_URL names the stack's own server");
    return;
  }
  const engine = await host.engine();
  const server = postgresContainerName(prefix);
  await waitUntilReady(engine, server);
  const used = Object.values(existing?.uses ?? {});
  const { sql, problems } = planRoles(await readCatalog(engine, server), wanted, used);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  // Before the roles are there: whatever is not in it, and no set's, is taken away again.
  await remember(records, {
    [color]: { placement: input.placement, uses: mapUses(uses) },
    ...(existing ? { [other]: existing } : {}),
  });
  await runSql(engine, server, sql);
  console.log(`databases of ${wanted.map(({ service }) => service).join(", ")} are there`);
}

async function requireClaim(
  records: StackRecords,
  { color, placement }: MigrationInput,
): Promise<Placement> {
  const claimed = await records.readPlacement(color);
  if (claimed?.number === placement) return claimed;
  throw new Error(
    `${color} does not hold placement ${placement} any more: another update has taken the set; run this one again`,
  );
}

/** The other set, where it serves or may serve again; null: there is none. */
async function liveSet(
  { records, edge }: HostDirectory,
  { color }: MigrationInput,
): Promise<Placement | null> {
  const other = otherColor(color);
  const placement = await records.readPlacement(other);
  const isLive = placement?.proven === true || (await edge.readActiveColor()) === other;
  return isLive ? placement : null;
}

/** How a set that is there gets into its databases: as noted, else as its secrets say. */
async function readExisting(
  records: StackRecords,
  { prefix, color }: MigrationInput,
  store: SecretStore,
  placement: Placement | null,
): Promise<PlacedUses | null> {
  if (!placement) return null;
  const noted = (await records.readDatabases())?.[otherColor(color)];
  if (noted?.placement === placement.number) return noted;
  const uses = await usesOfExisting(store, prefix, placement.record);
  return { placement: placement.number, uses };
}

/** A stack none of whose sets has a login of its own has nothing to take away, and so nothing to remember. */
async function remember(
  records: StackRecords,
  record: Readonly<Record<string, PlacedUses>>,
): Promise<void> {
  const isPlain = Object.values(record).every(({ uses }) =>
    Object.values(uses).every(({ login, named }) => login === named),
  );
  if (isPlain && (await records.readDatabases()) === null) return;
  await records.writeDatabases(record);
}

function mapUses(uses: Readonly<Record<string, UseWithPassword>>): Uses {
  return Object.fromEntries(
    Object.entries(uses).map(([service, use]) => [service, withoutPassword(use)]),
  );
}
