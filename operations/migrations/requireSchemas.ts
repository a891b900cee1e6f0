import type { Settings } from "../../config/settings";
import type { HostDirectory } from "../../host/hostDirectory";
import type { Release } from "../../release/release";
import { findSchemaProblems } from "../../rules/database/schemaProblems";

/**
 * A rollback must not find out that its services do not get along with their databases once the stack's configuration
 * says that it is wanted. It asks the records alone; the update asks the images that no record tells of.
 *
 * @param known the release with its settings; null: they are forgotten, and it gets today's.
 * @param deploys whether its set is made anew; false: only the traffic moves.
 * @throws Error naming each service, the revision and the ways out.
 */
export async function requireSchemas(
  directory: HostDirectory,
  settings: Settings,
  target: { id: string; digests: Readonly<Record<string, string>>; known: Release | null },
  deploys: boolean,
): Promise<void> {
  const today = Object.entries(target.digests).flatMap(([name, digest]) => {
    const its = settings.services[name];
    return its ? [[name, { ...its, digest }] as const] : [];
  });
  const problems = findSchemaProblems({
    release: { id: target.id, services: target.known?.services ?? Object.fromEntries(today) },
    records: await directory.records.readSchemas(),
    compatible: settings.migrations.compatible,
    deploys,
    histories: new Map(),
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
}
