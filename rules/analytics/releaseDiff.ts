import { createHmac } from "node:crypto";
import type { ReleaseRecord, ServiceRelease } from "../../release/release";

/** A service of a release, as far as a page may show it: what its settings are called, and whether two are the same. */
export interface ShownService {
  readonly digest: string;
  /** Path of a setting -> a mark that is equal where its value is, and says nothing of it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Release -> service -> what of it is shown. */
export type ShownReleases = Readonly<Record<string, Readonly<Record<string, ShownService>>>>;

const IMAGE = ["digest", "repository"];
const MARK_LENGTH = 8;

/**
 * Releases for a page on which any two are compared. Values of settings stay here: their marks are made with a key that
 * nobody keeps, so not even short ones can be guessed from them.
 *
 * @param key random, and another one for each page.
 */
export function showReleases(records: readonly ReleaseRecord[], key: Buffer): ShownReleases {
  const mark = (value: unknown) =>
    createHmac("sha256", key).update(JSON.stringify(value)).digest("hex").slice(0, MARK_LENGTH);
  const shown = records.map(({ id, services }) => {
    const each = Object.entries(services).map(
      ([name, service]) => [name, showService(service, mark)] as const,
    );
    return [id, Object.fromEntries(each)] as const;
  });
  return Object.fromEntries(shown);
}

function showService(service: ServiceRelease, mark: (value: unknown) => string): ShownService {
  const settings = leaves("", service).filter(([path]) => !IMAGE.includes(path));
  return {
    digest: service.digest,
    settings: Object.fromEntries(settings.map(([path, value]) => [path, mark(value)])),
  };
}

/** Settings by their whole paths; lists count as one value. */
function leaves(prefix: string, value: object): [string, unknown][] {
  return Object.entries(value).flatMap(([name, each]): [string, unknown][] => {
    const path = `${prefix}${name}`;
    const isGroup = typeof each === "object" && each !== null && !Array.isArray(each);
    return isGroup ? leaves(`${path}.`, each as object) : [[path, each]];
  });
}
