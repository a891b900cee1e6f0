import { COLORS, type Color } from "../../release/release";
import type { UserRequest } from "../../release/trafficTally";
import { parseFields, type LineFields } from "../logs/logLine";
import { EDGE_PORTS } from "./edgeLayout";

/** A line of the edge's access log, as far as it is read; lines of older versions have no `at`. */
interface AccessLine {
  readonly at?: number;
  readonly set: string;
  readonly service: string;
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly client: string;
  readonly connection: string;
  readonly retried: boolean;
  readonly upstreamStatus: string;
  readonly headerSeconds?: string;
  readonly port?: number;
  readonly probe?: boolean;
}

/** A user's request, and what tells it from every other one. */
export interface LoggedRequest {
  /** The Engine gives some lines again when it rotates a log: the same request has the same key. */
  readonly key: string;
  readonly request: UserRequest;
  /** Of the answer that the user got. */
  readonly status: number;
}

/** How much of a path is kept. */
const PATH_LENGTH = 120;

/**
 * A user's request in a line of the edge's access log; null: it is none, as nginx's own messages, maestro's questions, the
 * preview port, what no service has and what the client gave up (499).
 */
export function parseAccessLine(line: string): LoggedRequest | null {
  return readAccessLine(parseFields(line));
}

/** The same of a line that is parsed; null: it is no JSON. */
export function readAccessLine(fields: LineFields | null): LoggedRequest | null {
  const entry = fields as AccessLine | null;
  if (entry === null) return null;
  const { at, set, service, status, connection, client, retried } = entry;
  if (at === undefined || service === "" || !isColor(set)) return null;
  if (entry.probe === true || entry.port === EDGE_PORTS.preview || status === 499) return null;
  const { method, uri } = entry;
  const query = uri.indexOf("?");
  const path = `${method} ${query === -1 ? uri : uri.slice(0, query)}`.slice(0, PATH_LENGTH);
  const bad = status >= 500 || (retried && failedFirst(entry.upstreamStatus));
  // Upgraded connections and requests that no service has answered have no time to an answer.
  const seconds = status === 101 ? null : sumOf(entry.headerSeconds ?? "");
  // Thousands a second come by: no spread, which costs more than all the rest.
  const request: UserRequest = uri.endsWith("...")
    ? { at, color: set, service, client, bad, seconds, path }
    : { at, color: set, service, client, bad, seconds, path, uri };
  return { key: `${connection} ${at}`, request, status };
}

function isColor(set: string): set is Color {
  return COLORS.some((color) => color === set);
}

/** `502, 200`: a replica failed, and another one has answered. `-`: it was not reached. */
function failedFirst(statuses: string): boolean {
  const [first = ""] = statuses.split(/, | : /);
  return first === "-" || Number(first) >= 500;
}

const ONE_TIME = /^\d+\.\d+$/;

/** nginx writes a list where it has asked several: `0.002, 0.010 : 0.001`; `-` where none has begun an answer. */
function sumOf(times: string): number | null {
  if (ONE_TIME.test(times)) return Number(times);
  const known = times
    .split(/, | : /)
    .filter((time) => /^\d/.test(time))
    .map(Number);
  return known.length === 0 ? null : known.reduce((sum, time) => sum + time, 0);
}
