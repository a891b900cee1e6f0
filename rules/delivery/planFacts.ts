import { type HistoryEntry } from "../../release/history";
import type { Color, Release, ReleaseRecord } from "../../release/release";
import type { StackOutputs } from "../../release/stackOutputs";
import { nameInUrn, stackOf, stepInputOf, type Preview, type PreviewStep } from "./preview";
import { compareServices, type ServiceChange } from "./serviceChanges";

/** What an update would do, for who has to judge it. */
export interface PlanFacts {
  /** Null: the preview ended before it said so. */
  readonly stack: string | null;
  readonly project: string | null;
  /** `refused`: nothing, until what is wrong is mended. */
  readonly action: "deploy" | "switch" | "none" | "refused";
  /** `reloaded`: routes change; `restarted`: its container is made anew, and nobody is answered meanwhile. */
  readonly edge: "kept" | "reloaded" | "restarted";
  /** The release that serves; null: none does. */
  readonly serving: { readonly id: string; readonly color: Color } | null;
  /** The release that would; null: not known before the update. */
  readonly desired: { readonly id: string; readonly color: Color } | null;
  /** When the desired release has served before; null: it is new. */
  readonly returnTo: HistoryEntry | null;
  readonly services: readonly ServiceChange[];
  /** How many services stay as they are. */
  readonly unchanged: number;
  /** How the traffic moves; null: it does not, or that is not known. */
  readonly traffic: TrafficSettings | null;
  /** Changes apart from the sets, the gate and the switch: `update aws:ecr/repository:Repository web`. */
  readonly others: readonly string[];
  /** Resources that the engine refuses to delete. */
  readonly protectedCount: number;
  /** What the policy's rules say of the resources; null: nothing, or it refuses. */
  readonly policy: { readonly result: string; readonly lines: readonly string[] } | null;
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

/** What the switch is told, as far as it is of interest. */
export interface TrafficSettings {
  readonly bakeSeconds: number;
  readonly keepPrevious: string;
  readonly canary?: {
    readonly steps: readonly { readonly percent: number; readonly watchSeconds: number }[];
  };
  readonly rolling?: true;
}

/** Ops that change nothing, or are the other halves of ones that are counted. */
const QUIET = [
  "same",
  "read",
  "refresh",
  "create-replacement",
  "delete-replaced",
  "read-replacement",
];
/** The parts of a set: shown as services. */
const OWN = /^(?:blue|green)(?:-|$)|-(?:switch|config|tags?)$/;

/** The facts of a preview. */
export function readPlan(preview: Preview): PlanFacts {
  const { steps, diagnostics } = preview;
  const outputs = outputsOf(steps);
  const said = (severity: string) =>
    diagnostics.filter((each) => each.severity === severity).map(({ message }) => message.trim());
  const refusals = said("error");
  const switched = steps.find((step) => nameInUrn(step.urn).endsWith("-switch") && isChange(step));
  const claimed = steps.find(
    (step) => /^(?:blue|green)-claim$/.test(nameInUrn(step.urn)) && isChange(step),
  );
  const active = outputs.activeColor;
  const serving = (active && outputs.containerSets?.[active]) ?? null;
  const desired = desiredOf(claimed, switched, outputs, serving);
  const changes = desired ? compareServices(serving, desired.record) : [];
  const planned = claimed ? "deploy" : switched ? "switch" : "none";
  return {
    stack: stackOf(preview)?.stack ?? null,
    project: stackOf(preview)?.project ?? null,
    action: refusals.length > 0 ? "refused" : planned,
    edge: edgeOf(steps),
    serving: serving && active ? { id: serving.id, color: active } : null,
    desired: desired && { id: desired.record.id, color: desired.color },
    returnTo:
      desired && desired.record.id !== serving?.id ? servedBefore(outputs, desired.record) : null,
    services: changes,
    unchanged:
      Object.keys(desired?.record.services ?? {}).length -
      changes.filter(({ kind }) => kind !== "removed").length,
    traffic: switched ? (stepInputOf(switched) as TrafficSettings | null) : null,
    others: steps.filter(isChange).flatMap(describeOther),
    protectedCount: steps.filter(({ newState }) => newState?.protect).length,
    policy: policyOf([...said("warning"), ...said("info")].filter(isOfPolicy)),
    refusals,
    warnings: said("warning").filter((text) => !isOfPolicy(text)),
    notes: said("info").filter((text) => !isOfPolicy(text)),
  };
}

function isOfPolicy(text: string): boolean {
  return /^policy(?: \(\w+\))?: /.test(text);
}

function policyOf(lines: readonly string[]): PlanFacts["policy"] {
  const broken = lines.flatMap((text) => {
    const [, level, breaches] = /^policy \((\w+)\): (\d+ breach(?:es)?):/.exec(text) ?? [];
    return level ? [`**${breaches} (${level})**`] : [];
  });
  const kept = lines.flatMap(
    (text) => /^policy: (every resource keeps it \(\w+\))$/.exec(text)?.[1] ?? [],
  );
  if (lines.length === 0) return null;
  return { result: broken.join(", ") || (kept[0] ?? "see below"), lines };
}

function isChange({ op }: PreviewStep): boolean {
  return !QUIET.includes(op);
}

function outputsOf(steps: readonly PreviewStep[]): Partial<StackOutputs> {
  const stack = steps.find(({ urn }) => urn.includes("::pulumi:pulumi:Stack::"));
  return stack?.oldState?.outputs ?? {};
}

/** What is placed; else what waits where the traffic goes; else what serves. */
function desiredOf(
  claimed: PreviewStep | undefined,
  switched: PreviewStep | undefined,
  outputs: Partial<StackOutputs>,
  serving: ReleaseRecord | null,
): { readonly record: Release; readonly color: Color } | null {
  const input = (claimed ?? switched) && stepInputOf((claimed ?? switched)!);
  const color = input?.["color"] as Color | undefined;
  if (claimed) {
    const record = input?.["record"] as ReleaseRecord | undefined;
    return record && color ? { record, color } : null;
  }
  if (switched) {
    const record = color && outputs.containerSets?.[color];
    return record && record.id === input?.["release"] ? { record, color } : null;
  }
  return serving && outputs.activeColor ? { record: serving, color: outputs.activeColor } : null;
}

function servedBefore(
  { history = [] }: Partial<StackOutputs>,
  { id }: Release,
): HistoryEntry | null {
  return history.find(({ release }) => release === id) ?? null;
}

function edgeOf(steps: readonly PreviewStep[]): PlanFacts["edge"] {
  const changed = (name: RegExp) =>
    steps.filter(
      (step) => isChange(step) && name.test(nameInUrn(step.urn)) && step.op !== "create",
    );
  if (changed(/-nginx$/).some(({ op }) => op !== "update")) return "restarted";
  return changed(/-config$/).length > 0 ? "reloaded" : "kept";
}

function describeOther({ op, urn, newState, oldState }: PreviewStep): string[] {
  const name = nameInUrn(urn);
  const type = (newState ?? oldState)?.type ?? "";
  // Components are nothing but their parts.
  if (OWN.test(name) || type.startsWith("maestro:components:") || type.startsWith("pulumi:"))
    return [];
  return [`${op} ${type.split(":").at(-1) ?? type} ${name}`];
}
