import { countOf } from "../countOf";
import { describeSteps } from "../../release/canary";
import { block, code, details, megabytes, row } from "./markdown";
import type { PlanFacts } from "./planFacts";
import { sortNotes } from "./planNotes";
import type { ServiceChange, SettingChange } from "./serviceChanges";

/** What a registry knows of an image. */
export interface ImageFacts {
  /** What a host has to fetch that has none of its layers, in bytes. */
  readonly bytes: number;
  /** Commit it was built from; null: it does not say. */
  readonly revision: string | null;
  /** Web address of the repository with that commit; null: it does not say. */
  readonly source: string | null;
}

/** What a comment needs beside the facts of the plan. */
export interface CommentOptions {
  /** Digest -> what is known of the image. */
  readonly images: ReadonlyMap<string, ImageFacts>;
  /** Whether a variable's value must not be shown. */
  readonly isSecret: (name: string, value: string) => boolean;
  /** Where the whole text is, for a plan that is too long for a comment; null: nowhere. */
  readonly artifact: string | null;
}

/** GitHub takes 65,536 characters, GitLab a million. */
export const COMMENT_LENGTH = 60_000;
/** So many settings of a service are shown; the rest is counted. */
const SHOWN_SETTINGS = 4;
const SHOWN_OTHERS = 50;

/** What a label says of a plan. */
export type PlanLabel = "deploy" | "switch" | "none" | "edge-outage" | "refused";

/** The first line of a stack's comment, by which the next run finds it. */
export function markOf({ project, stack }: Pick<PlanFacts, "project" | "stack">): string {
  return `<!-- maestro plan: ${project}/${stack} -->`;
}

/** What a label says: an outage more than what causes it. */
export function labelOf({ action, edge }: PlanFacts): PlanLabel {
  if (action === "refused") return "refused";
  return edge === "restarted" ? "edge-outage" : action;
}

/** The plan as Markdown, whatever its length. */
export function renderPlan(facts: PlanFacts, options: CommentOptions): string {
  const { refusals, others } = facts;
  const { databases, sql, warnings, notes } = sortNotes(facts);
  const section = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? ["", `**${title}**`, "", ...block(lines)] : [];
  const rest = others.slice(0, SHOWN_OTHERS);
  const more = others.length > rest.length ? [`and ${others.length - rest.length} more`] : [];
  return [
    markOf(facts),
    `### ${title(facts)}`,
    "",
    ...summarize(facts).map((line) => `- ${line}`),
    ...section("Refused", refusals),
    ...section("Take care", warnings),
    ...(facts.services.length > 0 ? ["", ...renderServices(facts.services, options)] : []),
    ...section("Policy", facts.policy?.lines ?? []),
    ...section("Databases", databases),
    ...[...sql].flatMap(([service, lines]) => [
      "",
      ...details(`SQL of ${service}`, block(lines, "sql")),
    ]),
    ...section("Notes", notes),
    ...(rest.length > 0
      ? ["", ...details(`${others.length} other changes`, block([...rest, ...more]))]
      : []),
    "",
  ].join("\n");
}

/** The plan as a comment: one that is too long becomes its head, and where the whole is. */
export function renderComment(facts: PlanFacts, options: CommentOptions): string {
  const whole = renderPlan(facts, options);
  if (whole.length <= COMMENT_LENGTH) return whole;
  const where = options.artifact
    ? `[The whole plan](${options.artifact}) has ${whole.length} characters, which is too long for a comment.`
    : `The whole plan has ${whole.length} characters, which is too long for a comment; \`maestro plan-comment --dry-run\` prints it.`;
  return [
    markOf(facts),
    `### ${title(facts)}`,
    "",
    ...summarize(facts).map((line) => `- ${line}`),
    ...(facts.refusals.length > 0
      ? ["", "**Refused**", "", ...block(facts.refusals.slice(0, 20))]
      : []),
    "",
    where,
    "",
  ].join("\n");
}

function title({ stack, action, desired, returnTo }: PlanFacts): string {
  const name = `${stack ?? "the stack"}:`;
  const release = desired ? `release \`${desired.id}\`` : "a release";
  switch (action) {
    case "refused":
      return `${name} this change is refused`;
    case "none":
      return `${name} users get what they have`;
    default:
      return returnTo ? `${name} goes back to ${release}` : `${name} gets ${release}`;
  }
}

function summarize(facts: PlanFacts): string[] {
  const { action, serving, desired, services, unchanged, returnTo, edge } = facts;
  if (action === "refused") return ["Nothing is touched until that is mended."];
  const from = serving ? `\`${serving.id}\` (${serving.color})` : "nothing";
  const moves = action !== "none" && desired;
  return [
    ...(moves
      ? [
          `${from} → \`${desired.id}\` (${desired.color}): ${countOf(services.length, "service")} ` +
            `${services.length === 1 ? "changes" : "change"}, ${unchanged} stay`,
        ]
      : []),
    ...(returnTo ? [`It has served before: since ${returnTo.at}, by ${code(returnTo.by)}`] : []),
    ...(action === "deploy"
      ? [`Cold: its containers start beside those that serve. ${describeTraffic(facts)}`]
      : []),
    ...(action === "switch" ? [`Warm: only the traffic moves. ${describeTraffic(facts)}`] : []),
    ...(edge === "kept" ? [] : [EDGE[edge]]),
    ...(facts.policy ? [`Policy: ${facts.policy.result}`] : []),
    ...(facts.protectedCount > 0
      ? [`Protected from deletion: ${countOf(facts.protectedCount, "resource")}`]
      : []),
    ...(moves && serving ? [`Back: ${describeBack(facts)}`] : []),
  ];
}

const EDGE = {
  reloaded: "The edge reloads its configuration: routes or settings of it change",
  restarted: "**The edge is made anew: nobody is answered meanwhile**",
};

function describeTraffic({ traffic }: PlanFacts): string {
  if (traffic === null) return "";
  const { canary, bakeSeconds, rolling } = traffic;
  if (canary) return `Users get it by shares, if it is new to them: ${describeSteps(canary.steps)}`;
  if (rolling)
    return `Users get its services one by one; when all have moved, it is watched for ${bakeSeconds} s`;
  return bakeSeconds > 0
    ? `All users get it at once; it is watched for ${bakeSeconds} s`
    : "All users get it at once; it is not watched";
}

function describeBack({ stack, traffic }: PlanFacts): string {
  const how = {
    warm: "only the traffic moves",
    stopped: "its containers are started again",
    removed: "its containers are made again",
  }[traffic?.keepPrevious ?? ""];
  return `\`maestro rollback --stack ${stack}\`${how ? `: ${how}` : ""}`;
}

function renderServices(services: readonly ServiceChange[], options: CommentOptions): string[] {
  const lines = services.map((change) =>
    row([
      code(change.name),
      describeImage(change, options),
      describeSize(change, options),
      describeSettings(change, options),
    ]),
  );
  return [
    row(["Service", "Image", "Size", "Settings"]),
    row(["---", "---", "---", "---"]),
    ...lines,
  ];
}

const short = (digest: string) => code(digest.replace(/^sha256:/, "").slice(0, 12));

function describeImage({ kind, before, after }: ServiceChange, { images }: CommentOptions): string {
  if (kind === "removed") return "removed";
  if (kind === "added") return `new: ${short(after!.digest)}`;
  const repository =
    before!.repository === after!.repository ? "" : ` of ${code(after!.repository)}`;
  if (before!.digest === after!.digest) return `as it is${repository}`;
  const range = describeRange(images.get(before!.digest), images.get(after!.digest));
  return `${short(before!.digest)} → ${short(after!.digest)}${repository}${range}`;
}

/** The commits between two images, as a link where both are of one repository of the web. */
function describeRange(before: ImageFacts | undefined, after: ImageFacts | undefined): string {
  const [from, to] = [before?.revision, after?.revision];
  if (!to) return "";
  if (!from || from === to) return ` (${code(to.slice(0, 12))})`;
  const range = `${from.slice(0, 12)}...${to.slice(0, 12)}`;
  const { source } = after!;
  const isLink = source !== null && source === before?.source;
  return isLink ? ` ([${range}](${source}/compare/${from}...${to}))` : ` (${code(range)})`;
}

function describeSize({ before, after }: ServiceChange, { images }: CommentOptions): string {
  const now = after && images.get(after.digest)?.bytes;
  if (now == null) return "";
  const was = before && images.get(before.digest)?.bytes;
  if (was == null || was === now) return megabytes(now);
  const more = now > was ? "+" : "−";
  return `${megabytes(now)} (${more}${megabytes(Math.abs(now - was))})`;
}

function describeSettings({ settings }: ServiceChange, options: CommentOptions): string {
  const shown = settings.slice(0, SHOWN_SETTINGS).map((change) => describeSetting(change, options));
  const more = settings.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

function describeSetting(
  { path, before, after }: SettingChange,
  { isSecret }: CommentOptions,
): string {
  const name = path.replace(/^env\./, "");
  const isHidden = [before, after].some((value) => value !== null && isSecret(name, value));
  if (isHidden || (before === null && after === null)) return code(path, 60);
  const value = (text: string | null) => (text === null ? "nothing" : code(text, 40));
  return `${code(path, 60)}: ${value(before)} → ${value(after)}`;
}
