import { servedSince, type HistoryEntry, type PromotionEvidence } from "./history";
import { canonicalJson } from "./release";
import { PlanError } from "./rolloutPlan";
import type { StackOutputs } from "./stackOutputs";

/** How far the clocks of two machines that keep time are apart at most. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** A release taken over. */
export interface Promotion {
  readonly digests: Readonly<Record<string, string>>;
  readonly evidence: PromotionEvidence;
}

/** What is asked of the other stack. */
export interface PromotionRequest {
  readonly from: string;
  readonly minimumSoakSeconds: number;
  /** What the watch there must have said of it; left out: whatever it has. */
  readonly verdict?: "pass";
  /** Service name -> repository without digest, as this stack would pull it. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Digests this stack serves by now; null: none. What was taken over once need not soak again. */
  readonly serving: Readonly<Record<string, string>> | null;
  readonly now: Date;
}

/**
 * The release that serves in another stack, if it has served long enough: the same digests, pulled from the same
 * repositories, never built again.
 *
 * @param source the other stack's outputs.
 * @throws PlanError naming what is missing, with both sides of what differs.
 */
export function promote(request: PromotionRequest, source: Partial<StackOutputs>): Promotion {
  const { from } = request;
  const { release, history = [], activeColor, containerSets } = source;
  if (!release || !activeColor) {
    throw new PlanError(
      `maestro:promoteFrom: stack ${from} serves no release; release there first, or name another stack`,
    );
  }
  const serving = containerSets?.[activeColor]?.id;
  // A restart of it makes no soak shorter.
  const entry = servedSince(history);
  if (entry?.release !== release.id || serving !== release.id) {
    throw new PlanError(
      `maestro:promoteFrom: stack ${from} does not say since when it serves release ${release.id}; ` +
        `run \`pulumi up -s ${from}\` and try again`,
    );
  }
  const isTaken = canonicalJson(request.serving) === canonicalJson(release.digests);
  if (!isTaken) refuseFuture(request, entry);
  const soakedSeconds = Math.max(0, secondsSince(request.now, entry));
  if (!isTaken && soakedSeconds < request.minimumSoakSeconds) {
    const missing = request.minimumSoakSeconds - soakedSeconds;
    throw new PlanError(
      `maestro:minimumSoak: release ${release.id} has served in stack ${from} for ${duration(soakedSeconds)}, ` +
        `it must for ${duration(request.minimumSoakSeconds)}; wait ${duration(missing)}, or pin a release and say why ` +
        `in maestro:pinReason`,
    );
  }
  if (!isTaken) refuseUnproven(request, entry);
  refuseOtherServices(request, source, release.digests);
  const { at, by, commit, verdict, watched } = entry;
  return {
    digests: release.digests,
    evidence: {
      ...{ from, release: release.id, at, by, commit, verdict, soakedSeconds },
      ...(watched && { watched }),
    },
  };
}

function secondsSince(now: Date, { at }: HistoryEntry): number {
  return Math.floor((now.getTime() - Date.parse(at)) / 1000);
}

/** Two machines tell the time here; a soak is worth no more than both their clocks. */
function refuseFuture({ from, now }: PromotionRequest, entry: HistoryEntry): void {
  if (secondsSince(now, entry) >= -CLOCK_TOLERANCE_SECONDS) return;
  throw new PlanError(
    `maestro:promoteFrom: stack ${from} serves release ${entry.release} since ${entry.at}, but this machine's clock says ` +
      `${now.toISOString()}; set the clock that is wrong (\`timedatectl\`), here or where stack ${from} is released`,
  );
}

/** A verdict that nobody has kept is none. */
function refuseUnproven({ from, verdict }: PromotionRequest, { release, watched }: HistoryEntry) {
  if (verdict === undefined || watched === verdict) return;
  const pin = "pin a release and say why in maestro:pinReason";
  throw new PlanError(
    watched === undefined
      ? `maestro:gates.promotion: stack ${from} does not say what its watch has found of release ${release}; release ` +
          `there with a watch (maestro:rollout.bakeSeconds), or ${pin}`
      : `maestro:gates.promotion: the watch of release ${release} in stack ${from} has said ${watched}, it must say ` +
          `${verdict}; release there under more traffic or with a longer watch (maestro:rollout.bakeSeconds), or ${pin}`,
  );
}

/** Both stacks must mean the same images: same services, same repositories. */
function refuseOtherServices(
  { from, repositories }: PromotionRequest,
  { services = {} }: Partial<StackOutputs>,
  digests: Readonly<Record<string, string>>,
): void {
  const here = Object.keys(repositories).sort();
  const there = Object.keys(digests).sort();
  if (canonicalJson(here) !== canonicalJson(there)) {
    throw new PlanError(
      `maestro:promoteFrom: this stack has the services ${here.join(", ")}, stack ${from} releases ` +
        `${there.join(", ")}; enable the same ones in both`,
    );
  }
  for (const [service, repository] of Object.entries(repositories)) {
    const source = services[service]?.image.split("@")[0];
    if (source !== repository) {
      throw new PlanError(
        `maestro:promoteFrom: ${service} comes from ${repository} here and from ${source} in stack ${from}; ` +
          `images are never copied or built again: set maestro:registry to that stack's`,
      );
    }
  }
}

/** `26 h 10 min`, `45 min`, `30 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = minutes % 60 > 0 ? ` ${minutes % 60} min` : "";
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${rest}`;
}
