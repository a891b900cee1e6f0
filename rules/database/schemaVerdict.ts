import type { SchemaReport, SchemaRevision } from "./schemaReport";

/** A database as the last migration, or the last look, has left it. */
export interface PresentSchema {
  /** Its revisions; empty: none was ever run. */
  readonly revisions: readonly string[];
  /** All revisions the image knew that was asked last; null: it did not know the present one. */
  readonly known: readonly SchemaRevision[] | null;
  /** Release that was asked. */
  readonly release: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What the host remembers of schemas: of each service's database, and of each image that was asked. */
export interface SchemaRecords {
  /** Service -> its database. */
  readonly present: Readonly<Record<string, PresentSchema>>;
  /** `<service>@<digest>` -> what that image's migrations are, and what it found and left. */
  readonly images: Readonly<Record<string, ImageSchema>>;
  /** Service -> image whose migration was begun, and not yet told of an end. */
  readonly begun?: Readonly<Record<string, string>>;
  /** Service -> what `npm run migrate -- plan` has shown last. */
  readonly planned?: Readonly<Record<string, PlannedSchema>>;
}

/** A plan that somebody has looked at: SQL from one revision on, for one image. */
export interface PlannedSchema {
  readonly digest: string;
  readonly revisions: readonly string[];
  readonly at: string;
}

/** The schema's part of a release's record: the revision before and after, and the range the image knows. */
export interface ImageSchema {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly known: readonly string[];
  /** Where the image's command leads to. */
  readonly heads: readonly string[];
  readonly at: string;
}

export const NO_SCHEMAS: SchemaRecords = { present: {}, images: {} };

/**
 * May a release take the traffic of a database's present schema?
 *
 * - `allow`: it knows the present revision, or all later ones are compatible with it.
 * - `refuse`: a later revision is not compatible: an earlier release would fail on it.
 * - `freeze`: nobody knows the present revision: neither way is safe, so what serves goes on serving.
 */
export type SchemaVerdict =
  | { readonly verdict: "allow" }
  | { readonly verdict: "refuse" | "freeze"; readonly reason: string };

/**
 * @param known revisions that the release's image knows; null: it was never asked, so only its own migration can tell.
 * @param declared revisions that the operator has declared compatible with every release.
 */
export function schemaVerdict(
  present: PresentSchema | undefined,
  known: readonly string[] | null,
  declared: readonly string[] = [],
): SchemaVerdict {
  if (!present) return { verdict: "allow" };
  const own = new Set([...(known ?? []), ...declared]);
  const unknown = present.revisions.filter((revision) => !own.has(revision));
  if (unknown.length === 0) return { verdict: "allow" };
  if (present.known === null) {
    return {
      verdict: "freeze",
      reason: `is at revision ${unknown.join(", ")}, which no release here knows`,
    };
  }
  if (known === null) return { verdict: "allow" };
  return walkBack(unknown, new Map(present.known.map((each) => [each.revision, each])), own);
}

/** Follows revisions back to those the image knows; every one on the way must be compatible. */
function walkBack(
  from: readonly string[],
  present: ReadonlyMap<string, SchemaRevision>,
  own: ReadonlySet<string>,
): SchemaVerdict {
  const pending = [...from];
  const seen = new Set<string>();
  for (let revision = pending.pop(); revision !== undefined; revision = pending.pop()) {
    if (own.has(revision) || seen.has(revision)) continue;
    seen.add(revision);
    const found = present.get(revision);
    if (!found?.compatible) {
      return {
        verdict: "refuse",
        reason:
          `is at revision ${from.join(", ")}; the release does not know ${revision}, which is not marked compatible ` +
          `with earlier ones`,
      };
    }
    pending.push(...found.down);
  }
  return { verdict: "allow" };
}

/** How many images' schemas are remembered: more than releases are kept. */
const KEPT_IMAGES = 200;

/** The records after an image has reported. */
export function recordReport(
  records: SchemaRecords,
  of: { readonly service: string; readonly digest: string; readonly release: string },
  report: SchemaReport,
  at: string,
): SchemaRecords {
  const known = report.known.map(({ revision }) => revision);
  const isKnown = report.after.every((revision) => known.includes(revision));
  const before = records.present[of.service];
  // An earlier image that was left in peace knows less than the one that brought the revision. That one also knows a
  // database which was put back, or taken down, to another of its revisions.
  const toldBefore =
    !isKnown && before?.known && knowsAll(before.known, report.after) ? before : null;
  const present: PresentSchema = {
    revisions: report.after,
    known: isKnown ? report.known : (toldBefore?.known ?? null),
    release: toldBefore?.release ?? of.release,
    at: toldBefore && sameRevisions(toldBefore.revisions, report.after) ? toldBefore.at : at,
  };
  const heads = headsOf(report.known);
  const image: ImageSchema = { before: report.before, after: report.after, known, heads, at };
  const key = `${of.service}@${of.digest}`;
  const others = Object.entries(records.images).filter(([name]) => name !== key);
  const isPlanned = records.planned?.[of.service]?.digest === of.digest;
  return {
    ...records,
    ...(isPlanned ? { planned: without(records.planned, of.service) } : {}),
    present: { ...records.present, [of.service]: present },
    images: Object.fromEntries([...others.slice(1 - KEPT_IMAGES), [key, image]]),
  };
}

function knowsAll(known: readonly SchemaRevision[], revisions: readonly string[]): boolean {
  const names = new Set(known.map(({ revision }) => revision));
  return revisions.every((revision) => names.has(revision));
}

/** The revisions that no other one follows. */
export function headsOf(known: readonly SchemaRevision[]): string[] {
  const followed = new Set(known.flatMap(({ down }) => down));
  return known.map(({ revision }) => revision).filter((each) => !followed.has(each));
}

/** The records once a service's migration is begun; null: it has ended. */
export function recordBegin(
  records: SchemaRecords,
  service: string,
  digest: string | null,
): SchemaRecords {
  const begun = without(records.begun, service);
  return { ...records, begun: digest === null ? begun : { ...begun, [service]: digest } };
}

/** The records once somebody was shown what an image would run. */
export function recordPlan(
  records: SchemaRecords,
  service: string,
  planned: PlannedSchema,
): SchemaRecords {
  return { ...records, planned: { ...records.planned, [service]: planned } };
}

/** Why a plan that was looked at no longer holds for an image; null: it does, or there is none. */
export function outdatedPlan(
  { present, planned }: SchemaRecords,
  service: string,
  digest: string,
): string | null {
  const plan = planned?.[service];
  if (plan?.digest !== digest) return null;
  const now = present[service]?.revisions ?? [];
  if (sameRevisions(plan.revisions, now)) return null;
  const names = (revisions: readonly string[]) => revisions.join(", ") || "nothing";
  return `its database was at revision ${names(plan.revisions)} when it was planned at ${plan.at}, and is now at ${names(now)}`;
}

export function sameRevisions(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join() === [...others].sort().join();
}

function without<T>(map: Readonly<Record<string, T>> | undefined, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([name]) => name !== key));
}
