import {
  canonicalJson,
  createRelease,
  digestsOf,
  type Release,
  type ServiceSettings,
} from "./release";
import { PlanError } from "./rolloutPlan";

/** What the stack asks for. */
export interface ReleaseRequest {
  /** Service name -> today's settings. */
  readonly services: Readonly<Record<string, ServiceSettings>>;
  /** Service name -> image digest. */
  readonly release: Readonly<Record<string, string>>;
  /** Id of the recorded release whose settings go with the digests; null: today's settings. */
  readonly settingsFrom: string | null;
  /** Service name -> version of its secrets, for today's settings; services without any are left out. */
  readonly secretVersions?: Readonly<Record<string, string>>;
}

/**
 * The release a stack asks for: its digests with today's settings, or, after a rollback, with the settings recorded
 * for them. So a rollback brings back exactly what served, whatever became of services.yaml since.
 *
 * @param recorded looks a release up by its id.
 * @throws PlanError when the recorded release is unknown, or has other digests than the stack asks for.
 */
export function desiredRelease(
  request: ReleaseRequest,
  recorded: (id: string) => Release | null,
): Release {
  const { services, release, settingsFrom, secretVersions = {} } = request;
  if (settingsFrom === null) {
    return createRelease(
      Object.fromEntries(
        Object.entries(release).map(([name, digest]) => {
          const secretVersion = secretVersions[name];
          const version = secretVersion === undefined ? {} : { secretVersion };
          return [name, { ...services[name]!, digest, ...version }];
        }),
      ),
    );
  }
  const found = recorded(settingsFrom);
  if (!found) {
    throw new PlanError(
      `maestro:settingsFrom: release ${settingsFrom} is not recorded any more; ` +
        `remove it (\`pulumi config rm maestro:settingsFrom\`) to release with today's settings`,
    );
  }
  if (canonicalJson(digestsOf(found)) !== canonicalJson(release)) {
    throw new PlanError(
      `maestro:settingsFrom: release ${settingsFrom} has other digests than maestro:release; ` +
        `remove it (\`pulumi config rm maestro:settingsFrom\`) to release with today's settings`,
    );
  }
  return createRelease(found.services);
}
