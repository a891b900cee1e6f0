import { readFileSync } from "node:fs";
import {
  clientAddress,
  DEFAULT_RETRY_AFTER_SECONDS,
  HAND_LENGTHS,
  RETRY_AFTER_SECONDS,
  type HandKind,
} from "../../rules/edge/byHand";
import { durationWords, parseDuration } from "../../rules/edge/handWords";
import { MAINTENANCE_PAGE, MAX_PAGE_BYTES } from "../../rules/edge/maintenancePage";
import type { WantedRule } from "./rules";

/** What the command line says of a rule. */
export interface RuleOptions {
  readonly for: string;
  readonly allow?: readonly string[];
  readonly retryAfter?: string;
  readonly page?: string;
}

/**
 * The rule that is meant.
 *
 * @param address of the client that it is about.
 * @throws Error with all mistakes, a line each.
 */
export function readRule(kind: HandKind, options: RuleOptions, address?: string): WantedRule {
  const issues: string[] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      issues.push((error as Error).message);
      return undefined;
    }
  };
  const seconds = attempt(() => readLength(kind, options.for)) ?? 0;
  const client =
    address === undefined ? undefined : attempt(() => clientAddress(address, "address"));
  const more = kind === "maintenance" ? readMaintenance(options, attempt) : {};
  if (issues.length > 0) throw new Error(issues.join("\n"));
  return { kind, seconds, ...(client === undefined ? {} : { address: client }), ...more };
}

type Attempt = <T>(read: () => T) => T | undefined;

function readMaintenance({ allow = [], retryAfter, page }: RuleOptions, attempt: Attempt) {
  const allowed = allow.map((each) => attempt(() => clientAddress(each, "--allow")));
  return {
    allow: [...new Set(allowed.filter((each) => each !== undefined))],
    retryAfterSeconds: attempt(() => readRetryAfter(retryAfter)) ?? DEFAULT_RETRY_AFTER_SECONDS,
    page: page === undefined ? MAINTENANCE_PAGE : (attempt(() => readPage(page)) ?? ""),
  };
}

function readLength(kind: HandKind, text: string): number {
  const { least, most } = HAND_LENGTHS[kind];
  const seconds = parseDuration(text);
  if (seconds !== null && seconds >= least && seconds <= most) return seconds;
  throw new Error(
    `--for: must be a duration from ${durationWords(least)} to ${durationWords(most)}, such as ` +
      `${HAND_LENGTHS[kind].usual}, got ${JSON.stringify(text)}`,
  );
}

function readRetryAfter(text: string | undefined): number {
  const seconds = text === undefined ? DEFAULT_RETRY_AFTER_SECONDS : Number(text);
  const known = RETRY_AFTER_SECONDS.find((each) => each === seconds);
  if (known !== undefined) return known;
  throw new Error(
    `--retry-after: must be one of ${RETRY_AFTER_SECONDS.join(", ")} seconds, got ${JSON.stringify(text)}`,
  );
}

function readPage(file: string): string {
  const wrong = (what: string) => new Error(`--page: ${what}, got ${JSON.stringify(file)}`);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (content.length === 0 || content.length > MAX_PAGE_BYTES) {
    throw wrong(`must be a page of 1 to ${MAX_PAGE_BYTES} bytes, it has ${content.length}`);
  }
  return content.toString("utf8");
}
