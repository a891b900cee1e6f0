import { block } from "./markdown";
import { nameInUrn, type Preview, type PreviewStep } from "./preview";

/** How what runs differs from what was released. */
export interface Drift {
  readonly stack: string;
  readonly project: string;
  /** What is not well, or not as its release's record says; one line each. */
  readonly problems: readonly string[];
  /** Resources that are not as the last update left them; one line each. */
  readonly changes: readonly string[];
}

/** Lines of each kind that an issue shows; the rest is counted. */
const SHOWN = 50;

/**
 * What a refresh finds, one line for each resource that it does not find as it was. Values are left out.
 *
 * @param preview what `pulumi refresh --preview-only --json` has printed.
 */
export function changesOf(preview: Preview): string[] {
  const isKept = ({ op }: PreviewStep) => ["refresh", "same", "read"].includes(op);
  return preview.steps.filter((step) => !isKept(step)).map(describe);
}

/** Whether anything differs. */
export function isDrift({ problems, changes }: Drift): boolean {
  return problems.length + changes.length > 0;
}

/** The first line of a stack's issue, by which the next run finds it. */
export function driftMark({ project, stack }: Pick<Drift, "project" | "stack">): string {
  return `<!-- maestro drift: ${project}/${stack} -->`;
}

/** What an issue says. It has no time in it: what stays the same is no news. */
export function renderDrift(drift: Drift): { title: string; body: string } {
  const { stack, problems, changes } = drift;
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`**${title}**`, "", ...block(shorten(lines)), ""];
  const body = [
    driftMark(drift),
    `What runs is not what was released to \`${stack}\`.`,
    "",
    ...section("What serves", problems),
    ...section("Not as the last update left it", changes),
    `\`maestro drift --stack ${stack}\` looks again. \`pulumi up --refresh --stack ${stack}\` makes again what is gone; ` +
      "what was changed and is to stay belongs into git. This issue is closed once nothing differs.",
    "",
  ];
  return { title: `${stack}: what runs is not what was released`, body: body.join("\n") };
}

function describe({ op, urn, newState, oldState, diffReasons = [] }: PreviewStep): string {
  const type = (newState ?? oldState)?.type?.split(":").at(-1) ?? "resource";
  const name = nameInUrn(urn);
  if (op === "delete") return `${type} ${name} is gone`;
  const what = diffReasons.length > 0 ? `: ${[...diffReasons].sort().join(", ")}` : "";
  return `${type} ${name} was changed${what}`;
}

function shorten(lines: readonly string[]): string[] {
  const rest = lines.length - SHOWN;
  return rest > 0 ? [...lines.slice(0, SHOWN), `and ${rest} more`] : [...lines];
}
