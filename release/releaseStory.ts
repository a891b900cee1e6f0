import type { ChangeOrigin } from "./history";
import { digestsOf, type Color, type KeptSboms, type ReleaseRecord } from "./release";
import type { TrafficBaseline } from "./trafficBaseline";
import type { VerdictEvidence } from "./trafficEvidence";

/** What a stack's events tell, as far as a release's story needs it. */
export interface StoryEvent extends ChangeOrigin {
  readonly number: number;
  readonly kind: string;
  readonly release?: string;
  readonly color?: Color;
  readonly service?: string;
  readonly services?: readonly string[];
  /** Release that was restarted by it. */
  readonly restartOf?: string;
  readonly reason?: string;
  readonly seconds?: number;
  readonly evidence?: VerdictEvidence;
  /** Who has agreed to it. */
  readonly approvals?: readonly { readonly by: string }[];
}

/** What else is kept of a release. */
export interface KeptOfRelease {
  readonly record: ReleaseRecord | null;
  readonly rejection: { readonly reason: string; readonly at: string } | null;
  readonly traffic: Readonly<Record<string, TrafficBaseline>> | null;
}

/** All that is on record of one release. */
export interface ReleaseStory {
  readonly release: string;
  /** Service -> image digest; null: its record is forgotten. */
  readonly digests: Readonly<Record<string, string>> | null;
  /** Service -> where the list of its image's parts was, and its SHA-256; null: none were kept. */
  readonly sboms: KeptSboms | null;
  /** When its set was taken, it got its first clients, and all of them; null: never. ISO 8601, UTC. */
  readonly claimedAt: string | null;
  readonly sharedAt: string | null;
  readonly switchedAt: string | null;
  /** When it was rejected last, and when users had another release again; null: never. */
  readonly failedAt: string | null;
  readonly recoveredAt: string | null;
  readonly recoveredBy: string | null;
  /** From the claim to all clients, and from the failure to the recovery, in seconds; null: one of both never was. */
  readonly deploySeconds: number | null;
  readonly recoverySeconds: number | null;
  /** Why it may not be released again; null: it may. */
  readonly rejected: string | null;
  /** The last judgement of its traffic; null: there was none. */
  readonly evidence: VerdictEvidence | null;
  /** Service, or `*` for all, -> what its watched traffic was like. */
  readonly traffic: Readonly<Record<string, TrafficBaseline>> | null;
  readonly events: readonly StoryEvent[];
}

/** Puts together what is on record of a release. */
export function summarizeRelease(
  release: string,
  all: readonly StoryEvent[],
  { record, rejection, traffic }: KeptOfRelease,
): ReleaseStory {
  const events = all.filter((event) => event.release === release);
  const first = (kind: string) => events.find((event) => event.kind === kind)?.at ?? null;
  const failed = events.filter(({ kind }) => kind === "rejected").at(-1);
  const recovery =
    failed && all.find(({ kind, number }) => number > failed.number && endsFailure(kind));
  const claimedAt = first("claimed");
  const switchedAt = first("moved");
  const [failedAt, recoveredAt] = [failed?.at ?? null, recovery?.at ?? null];
  return {
    ...{ release, claimedAt, switchedAt, failedAt, recoveredAt, events, traffic },
    digests: record && digestsOf(record),
    sboms: record?.sboms ?? null,
    sharedAt: first("shared"),
    recoveredBy: recovery?.by ?? null,
    deploySeconds: secondsBetween(claimedAt, switchedAt),
    recoverySeconds: secondsBetween(failedAt, recoveredAt),
    rejected: rejection && rejection.reason,
    evidence: events.findLast(({ evidence }) => evidence !== undefined)?.evidence ?? null,
  };
}

/** Users have a release again that is not the failed one. One that failed before users had it is followed by none of these. */
function endsFailure(kind: string): boolean {
  return kind === "went back" || kind === "moved";
}

function secondsBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return seconds < 0 ? null : seconds;
}

/** A release's story for people, a line each. */
export function describeRelease(story: ReleaseStory): string[] {
  const { release, digests, sboms, events, evidence, rejected, deploySeconds, recoverySeconds } =
    story;
  return [
    `release ${release}`,
    ...Object.entries(digests ?? {}).map(([service, digest]) => `  ${service}  ${digest}`),
    ...Object.entries(sboms ?? {}).map(
      ([service, { file, sha256 }]) => `  ${service}  parts: ${file}, sha256 ${sha256}`,
    ),
    ...(digests
      ? []
      : ["  its settings and digests are forgotten: newer releases took their place"]),
    "",
    ...events.map(describeEvent),
    "",
    ...(deploySeconds === null
      ? []
      : [`from the claim to all clients: ${deploySeconds.toFixed(0)} s`]),
    ...(recoverySeconds === null
      ? []
      : [
          `from the failure to another release for all: ${recoverySeconds.toFixed(1)} s, by ${story.recoveredBy}`,
        ]),
    ...(evidence ? describeEvidence(evidence) : []),
    ...(rejected === null ? [] : [`rejected: ${rejected}`]),
  ];
}

function describeEvent({
  at,
  kind,
  color,
  service,
  seconds,
  by,
  commit,
  reason,
  restartOf,
}: StoryEvent): string {
  const again = restartOf === undefined ? undefined : "(restart)";
  const what = [kind, service, color, again].filter((word) => word !== undefined).join(" ");
  const took = seconds === undefined ? "" : `, ${seconds} s`;
  const from = commit === null ? "" : ` from ${commit.slice(0, 8)}`;
  return `  ${at}  ${what}${took}  by ${by}${from}${reason === undefined ? "" : `  ${reason}`}`;
}

function describeEvidence({ verdict, metrics, needed, missing }: VerdictEvidence): string[] {
  return [
    `what users got: ${verdict}${missing === undefined ? "" : ` (${missing})`}`,
    ...metrics.map(
      ({ service = "all services", metric, requests, bad, allowed, evidence, ...more }) => {
        const than =
          more.slowerThanSeconds === undefined ? "" : ` slower than ${more.slowerThanSeconds} s`;
        return (
          `  ${service} ${metric}: ${bad} of ${requests}${than}, ${(100 * allowed).toFixed(2)} % allowed, ` +
          `evidence ${evidence.toFixed(1)} of ${needed.toFixed(1)}: ${more.verdict}`
        );
      },
    ),
  ];
}
