import { Command } from "commander";
import pc from "picocolors";
import type { StackEvent } from "../records/event";
import { acceptBreaks, type AcceptOptions } from "./history/acceptBreaks";
import { readEvents } from "./history/eventSource";
import { verifyEvents, type VerifyOptions } from "./history/verify";
import { isMeant, type EventFilter } from "../release/eventFilter";
import { parseMoment } from "../rules/logs/moment";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

interface ListOptions extends Options {
  readonly kind?: readonly string[];
  readonly service?: readonly string[];
  readonly release?: string;
  readonly by?: string;
  readonly since?: string;
}

/** `releases`: what has happened to a stack, and whether the record of it is whole. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("releases").description(
    "Shows what has happened to a stack: which release was placed, proven, rejected, served, and by whom.",
  );
  const add = addSubcommand.bind(null, program);
  add("list", "Lists the events, the newest first.")
    .option("--kind <kind...>", 'only such, as moved, rejected or "command run"')
    .option("--service <name...>", "only what is about these")
    .option("--release <id>", "only of a release whose id begins so")
    .option("--by <name>", "only of who has this in the name")
    .option("--since <when>", "such as 2h, 3d, or 2026-09-01T12:00")
    .action(list);
  add("verify", "Shows whether an event was changed or is gone.")
    .option(
      "--noted <number:hash>",
      "the last event as `verify` gave it before, not as the stack's outputs have it",
    )
    .action(async (options: VerifyOptions) => {
      code = await verifyEvents(options);
    });
  add("accept", "Accepts what `verify` shows, by an event that says who did and why.").action(
    (options: AcceptOptions) => acceptBreaks(options),
  );
  await program.parseAsync(argv, { from: "user" });
  return code;
}

async function list({ stack, json, kind, service, since, ...more }: ListOptions): Promise<void> {
  const filter: EventFilter = {
    ...{ ...(more.release && { release: more.release }), ...(more.by && { by: more.by }) },
    ...{ ...(kind && { kinds: kind }), ...(service && { services: service }) },
    ...(since && { since: Number(parseMoment(since, new Date())) }),
  };
  const { events } = await readEvents({ stack });
  const newest = events.filter((event) => isMeant(event, filter)).reverse();
  if (json) console.log(JSON.stringify(newest, null, 2));
  else if (events.length === 0) console.log("no event yet: the next update writes the first one");
  else if (newest.length === 0) console.log(`none of ${events.length} events is such a one`);
  else newest.forEach((event) => console.log(describe(event)));
}

function describe(event: StackEvent): string {
  const { number, at, kind, release, color, service, seconds, by, commit, reason } = event;
  const { command, where } = event;
  const facts = [
    command,
    event.restartOf && "restart",
    service,
    release,
    color && `on ${color}`,
    seconds !== undefined && `in ${seconds} s`,
    `by ${by}`,
    where?.run && `in ${where.run}`,
    commit && `from ${commit.slice(0, 12)}`,
    reason,
  ];
  return [`${number}`.padStart(4), at, pc.bold(kind), ...facts.filter(Boolean)].join("  ");
}
