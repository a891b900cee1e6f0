import { describeChange, isSamePlan, type StatefulPlan } from "./statefulPlan";

/** What is on record of a stateful service. */
export interface StatefulRecord {
  /** Counts what was tried: see {@link StatefulWork.number}. */
  readonly number: number;
  /** What runs, and was well; null: nothing yet. */
  readonly applied: StatefulPlan | null;
  /** The volume with its data. */
  readonly volume: string;
  /** An update that has begun and not ended; left out: none. */
  readonly update?: { readonly to: StatefulPlan; readonly volume: string };
  /** Its container was taken away; the data are in the volume. */
  readonly removed?: true;
}

/** What `maestro stateful` has an update do. */
export interface StatefulWish {
  readonly action: "update" | "remove";
  readonly service: string;
  /** The backup that was taken before; left out: none. */
  readonly backup?: string;
}

/** What an update makes of a stateful service. */
export interface StatefulWork {
  readonly service: string;
  readonly plan: StatefulPlan;
  /** Another one than before where the step has to run: something is wanted, or the host does not show it. */
  readonly number: number;
}

/** What is known of a stateful service. */
export interface StatefulFacts {
  readonly service: string;
  /** What the configuration wants; null: it names no such service. */
  readonly wanted: StatefulPlan | null;
  /** Null: there never was one. */
  readonly record: StatefulRecord | null;
  /** Whether its container runs and is as the record says. */
  readonly isUp: boolean;
}

/** What becomes of a stateful service, and what an operator is told of it. */
export interface StatefulDecision {
  /** Null: the update makes nothing for it, and takes away what it has made. */
  readonly work: StatefulWork | null;
  readonly says: string | null;
}

/**
 * What an update does with a stateful service: what runs stays as it is, whatever the configuration wants by now, unless
 * the update is the one that `maestro stateful` has begun for it.
 */
export function decideStateful(facts: StatefulFacts, wish: StatefulWish | null): StatefulDecision {
  const { service, wanted, record, isUp } = facts;
  const isMeant = wish?.service === service;
  const applied = record?.applied ?? null;
  const next = (record?.number ?? 0) + 1;
  if (!record || !applied) {
    return { work: wanted && { service, plan: wanted, number: next }, says: null };
  }
  if (wanted === null && (record.removed || (isMeant && wish.action === "remove"))) {
    return { work: null, says: null };
  }
  if (isMeant && wish.action === "update" && wanted && !isSamePlan(applied, wanted)) {
    return { work: { service, plan: wanted, number: next }, says: null };
  }
  const isDone = isUp && !record.update && !record.removed;
  const work = { service, plan: applied, number: isDone ? record.number : next };
  return { work, says: sayWhy(facts, applied) };
}

function sayWhy({ service, wanted, record }: StatefulFacts, applied: StatefulPlan): string | null {
  if (wanted === null) {
    return `${service} is no stateful service of this stack any more and runs on; \`maestro stateful remove ${service}\` takes it away and keeps its data`;
  }
  const unfinished = record?.update ? ", after one that did not come to its end" : "";
  if (isSamePlan(applied, wanted)) return null;
  return `${service} waits for \`maestro stateful update ${service}\`${unfinished}: ${describeChange(applied, wanted)}`;
}

/** Variable of the environment by which `maestro stateful` tells its update; the stack file is left as it is. */
export const STATEFUL_VARIABLE = "MAESTRO_STATEFUL";

const WISH = /^(update|remove):([a-z][a-z0-9-]{0,39})(?::([\w-]{1,60}))?$/;

/** @throws Error for what `maestro stateful` has not written. */
export function parseStatefulWish(given: string | undefined): StatefulWish | null {
  if (given === undefined || given === "") return null;
  const [, action, service, backup] = WISH.exec(given) ?? [];
  if (action === undefined || service === undefined) {
    throw new Error(
      `${STATEFUL_VARIABLE}: is set by \`maestro stateful\` for its update, got ${JSON.stringify(given)}; unset it`,
    );
  }
  return { action: action as StatefulWish["action"], service, ...(backup ? { backup } : {}) };
}

/** The variable's value; see {@link parseStatefulWish}. */
export function formatStatefulWish({ action, service, backup }: StatefulWish): string {
  return [action, service, ...(backup === undefined ? [] : [backup])].join(":");
}
