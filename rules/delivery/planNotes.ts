import type { PlanFacts } from "./planFacts";

/** What a preview says beside its steps, by what a reader wants to know. */
export interface PlanNotes {
  /** What the services' databases would get, a line each. */
  readonly databases: readonly string[];
  /** Service -> the SQL of that, a line each. */
  readonly sql: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
}

const OF_DATABASE =
  /^[\w-]+: (?:its database |no migration |runs `|what is pending |its SQL cannot |destructive )/;
const SQL = /^([\w-]+): its SQL:\n/;
/** The summary says it. */
const OF_PLAN = /^release [0-9a-f]{12} (?:goes to|is warm on|serves)/;

/** Sorts what a preview says; nothing of it gets lost, apart from what the summary says too. */
export function sortNotes({ notes, warnings }: Pick<PlanFacts, "notes" | "warnings">): PlanNotes {
  const isOfDatabase = (note: string) => OF_DATABASE.test(note);
  const sql = notes.flatMap((note) => {
    const service = SQL.exec(note)?.[1];
    return service === undefined ? [] : [[service, note.split("\n").slice(1)] as const];
  });
  return {
    databases: [...notes, ...warnings].filter(isOfDatabase),
    sql: new Map(sql),
    warnings: warnings.filter((warning) => !isOfDatabase(warning)),
    notes: notes.filter((note) => !isOfDatabase(note) && !OF_PLAN.test(note) && !SQL.test(note)),
  };
}
