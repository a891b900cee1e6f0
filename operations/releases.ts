import { Command } from "commander";
import pc from "picocolors";
import { changeOrigin } from "../config/changeOrigin";
import { withHost } from "../host/connectHost";
import { HostDirectory } from "../host/hostDirectory";
import { findAccepted, findOpenBreaks } from "../records/acceptedBreaks";
import type { StackEvent } from "../records/event";
import { findBrokenLinks } from "../records/eventChain";
import type { EventHead } from "../release/history";
import { readOutputs } from "./shared/pulumi";
import { readStackSettings } from "./shared/stackFile";
import { addSubcommand } from "./shared/subcommand";

interface Options {
  readonly stack: string;
  readonly json?: boolean;
}

/** `releases`: what has happened to a stack, and whether the record of it is whole. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("releases").description(
    "Shows what has happened to a stack: which release was placed, proven, rejected, served, and by whom.",
  );
  const add = addSubcommand.bind(null, program);
  add("list", "Lists the events, the newest first.").action(async (options: Options) => {
    const { events } = await readEvents(options.stack);
    const newest = events.reverse();
    if (options.json) console.log(JSON.stringify(newest, null, 2));
    else if (newest.length === 0) console.log("no event yet: the next update writes the first one");
    else newest.forEach((event) => console.log(describe(event)));
  });
  add("verify", "Shows whether an event was changed or is gone.")
    .option(
      "--noted <number:hash>",
      "the last event as `verify` gave it before, not as the stack's outputs have it",
    )
    .action(async (options: Options & { noted?: string }) => {
      code = await verify(options, parseNoted(options.noted));
    });
  add("accept", "Accepts what `verify` shows, by an event that says who did and why.")
    .requiredOption("--reason <why>", "what was found when it was looked into")
    .action(accept);
  await program.parseAsync(argv, { from: "user" });
  return code;
}

/** Whoever can write on the host cannot write in Pulumi's state, so its outputs know what the last event was. */
async function verify({ stack, json }: Options, given: EventHead | null): Promise<number> {
  const noted = given ?? (await readOutputs(stack)).lastEvent ?? null;
  const { events, head } = await readEvents(stack);
  const breaks = findBrokenLinks(events, head, noted);
  const problems = findOpenBreaks(events, breaks);
  const accepted = findAccepted(events, breaks);
  if (json) {
    const told = accepted.map(({ says, by }) => ({ says, by: by.by, at: by.at, why: by.reason }));
    console.log(JSON.stringify({ events: events.length, head, problems, accepted: told }, null, 2));
  } else {
    problems.forEach((problem) => console.log(pc.red(problem)));
    for (const { says, by } of accepted) {
      console.log(`${says}: accepted at ${by.at} by ${by.by}: ${by.reason}`);
    }
    if (breaks.length === 0) console.log(`${events.length} events, each as it was written`);
  }
  if (!json && head) console.log(`last: ${head.number}:${head.hash}`);
  return problems.length === 0 ? 0 : 1;
}

/** @throws Error where nothing is broken: there is nothing to accept. */
async function accept({ stack, reason }: Options & { reason: string }): Promise<void> {
  const noted = (await readOutputs(stack)).lastEvent ?? null;
  const { events, head } = await readEvents(stack);
  const breaks = findOpenBreaks(events, findBrokenLinks(events, head, noted));
  if (breaks.length === 0)
    throw new Error(`${stack}: its events are whole, so there is nothing to accept`);
  const { host: address, directory } = readStackSettings(stack);
  await withHost(address, async (host) => {
    const { records } = new HostDirectory(host, directory);
    const origin = changeOrigin((text) => console.error(text));
    await records.events.append({ kind: "break accepted", reason, breaks, ...origin });
  });
  breaks.forEach((says) => console.log(`accepted: ${says}`));
}

function readEvents(stack: string): Promise<{ events: StackEvent[]; head: EventHead | null }> {
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, async (host) => {
    const { events } = new HostDirectory(host, directory).records;
    // What an update adds meanwhile is in the list then, and not missing from it.
    const head = await events.head();
    return { events: await events.list(), head };
  });
}

function parseNoted(text: string | undefined): EventHead | null {
  if (text === undefined) return null;
  const [, number, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number && hash) return { number: Number(number), hash };
  throw new Error(
    `--noted: must be an event's number and hash, got "${text}"; take it from the last line of \`releases verify\``,
  );
}

function describe(event: StackEvent): string {
  const { number, at, kind, release, color, service, seconds, by, commit, reason } = event;
  const facts = [
    service,
    release,
    color && `on ${color}`,
    seconds !== undefined && `in ${seconds} s`,
    `by ${by}`,
    commit && `from ${commit.slice(0, 12)}`,
    reason,
  ];
  return [`${number}`.padStart(4), at, pc.bold(kind), ...facts.filter(Boolean)].join("  ");
}
