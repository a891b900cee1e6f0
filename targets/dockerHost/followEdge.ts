import type { Duplex } from "node:stream";
import type { Host } from "../../host/host";
import { logLines } from "../../host/logLines";
import type { UserRequest } from "../../release/trafficTally";
import { parseAccessLine } from "../../rules/edge/accessLog";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import type { TrafficFeed } from "../hands";

/** Log drivers that the Engine reads back at all. */
const READABLE_DRIVERS = ["json-file", "local", "journald"];
/** Short beside the second in which a bad release goes back. */
const GATHER_MILLISECONDS = 100;
/** A connection has room for about three times as much. */
const GATHERED_BYTES = 64 * 1024;
/** Requests among which one that is told again is recognized. */
const KNOWN_REQUESTS = 100_000;

/** Is told each request once, with the status of its answer. */
export type TellRequest = (request: UserRequest, status: number) => void;

/**
 * Follows the edge's access log through the Engine, over SSH too: no file, no open port, no further process. The Engine's
 * clock is the edge's own, so times are told by it.
 *
 * @param isNew knows what was told before. @default - nothing was: feeds that follow each other share one
 */
export async function followEdge(
  host: Host,
  prefix: string,
  pastSeconds: number,
  tell: TellRequest,
  isNew: (key: string) => boolean = newKeys(),
): Promise<TrafficFeed> {
  try {
    return await follow(host, edgeContainerName(prefix), pastSeconds, tell, isNew);
  } catch (error) {
    return silent(`the edge's log cannot be read: ${(error as Error).message}`);
  }
}

async function follow(
  host: Host,
  name: string,
  pastSeconds: number,
  tell: TellRequest,
  isNew: (key: string) => boolean,
): Promise<TrafficFeed> {
  const engine = await host.engine();
  const container = engine.getContainer(name);
  const before = performance.now();
  const [info, { HostConfig }] = await Promise.all([
    engine.info() as Promise<{ SystemTime: string }>,
    container.inspect(),
  ]);
  const driver = HostConfig.LogConfig?.Type ?? "none";
  if (!READABLE_DRIVERS.includes(driver)) {
    return silent(
      `the edge's log goes to ${driver}, which the Docker Engine does not read back; give its containers json-file or local`,
    );
  }
  // By no clock that somebody may set: a jump would put all requests before the switch, or behind it.
  const begin = Date.parse(info.SystemTime) - (before + performance.now()) / 2;
  const now = () => (begin + performance.now()) / 1000;
  const stream = (await container.logs({
    stdout: true,
    follow: true,
    since: Math.floor(now() - pastSeconds),
  })) as unknown as Duplex;
  let missing: string | null = null;
  let isClosed = false;
  const read = logLines();
  gather(stream);
  stream.on("data", (chunk: Buffer) => {
    for (const line of read(chunk)) {
      const logged = parseAccessLine(line);
      if (logged && isNew(logged.key)) tell(logged.request, logged.status);
    }
  });
  const ended = (why: string) => () => {
    if (!isClosed) missing ??= `the edge's log ended while it was read (${why})`;
  };
  stream.on("error", ended("the connection broke"));
  stream.on("end", ended("the edge stopped, or the engine did"));
  stream.on("close", ended("the connection was closed"));
  return {
    now,
    missing: () => missing,
    close: () => {
      isClosed = true;
      stream.destroy();
    },
  };
}

/** A connection whose reads can be held back; Node's streams can only hold back what they have read. */
interface HeldConnection {
  readonly _handle?: { readStop(): void; readStart(): void } | null;
}

/**
 * Lets lines pile up in the connection for a moment: the Engine sends each by itself, and to wake up for it costs three
 * times what it costs to read it. Without a handle, as over SSH, each is read as it comes; so is what comes in such
 * amounts that the connection has no room for a moment of it.
 */
function gather(stream: Duplex): void {
  const { socket } = stream as { readonly socket?: HeldConnection };
  let bytes = 0;
  const hold = () => {
    const isMuch = bytes > GATHERED_BYTES;
    bytes = 0;
    if (isMuch || !socket?._handle) return;
    socket._handle.readStop();
    setTimeout(() => socket._handle?.readStart(), GATHER_MILLISECONDS);
  };
  stream.on("data", (chunk: Buffer) => {
    // All that is there is read before it is held back.
    if (bytes === 0) setImmediate(hold);
    bytes += chunk.length;
  });
}

/**
 * Says of each key whether it is there for the first time; the oldest are forgotten.
 *
 * @param most how many are known, at least.
 */
export function newKeys(most = KNOWN_REQUESTS): (key: string) => boolean {
  let older = new Set<string>();
  let newer = new Set<string>();
  return (key) => {
    if (newer.has(key) || older.has(key)) return false;
    newer.add(key);
    if (newer.size >= most) [older, newer] = [newer, new Set()];
    return true;
  };
}

function silent(missing: string): TrafficFeed {
  return { now: () => Date.now() / 1000, missing: () => missing, close: () => undefined };
}
