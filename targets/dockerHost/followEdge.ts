import type Docker from "dockerode";
import { openLog } from "../../host/containerLog";
import { gatherReads } from "../../host/gatherReads";
import type { Host } from "../../host/host";
import { logLines } from "../../host/logLines";
import type { UserRequest } from "../../release/trafficTally";
import { parseAccessLine } from "../../rules/edge/accessLog";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { newKeys } from "../../rules/logs/newKeys";
import type { TrafficFeed } from "../hands";

/** Log drivers that the Engine reads back at all. */
const READABLE_DRIVERS = ["json-file", "local", "journald"];

/** What of the edge's log is wanted, and who takes it. */
export interface EdgeLogReader {
  /** From when on, as `performance.now()` tells the time: what is found out before the log is opened may take its time. */
  readonly from: number;
  /** Whether what nginx itself says is wanted too, and when the Engine got each line. @default false */
  readonly whole?: boolean;
  /**
   * Makes what gets the chunks of a stream, which the Engine may have cut anywhere. There are two of them: what was written
   * before, and what is written from now on; a line between the two may be in both.
   */
  readonly read: (part: "past" | "live") => (chunk: Buffer) => void;
}

/** The edge's log while it is followed. */
export interface EdgeLog extends TrafficFeed {
  /** Id of the container whose log it is; null: none is read. */
  readonly container: string | null;
}

/**
 * Follows the edge's access log through the Engine, over SSH too: no file, no open port, no further process. The Engine's
 * clock is the edge's own, so times are told by it. Each request is told once.
 */
export async function followEdge(
  host: Host,
  prefix: string,
  pastSeconds: number,
  tell: (request: UserRequest) => void,
): Promise<TrafficFeed> {
  const isNew = newKeys();
  return followEdgeLog(host, prefix, {
    from: performance.now() - pastSeconds * 1000,
    read() {
      const read = logLines();
      return (chunk) => {
        for (const line of read(chunk)) {
          const logged = parseAccessLine(line);
          if (logged && isNew(logged.key)) tell(logged.request);
        }
      };
    },
  });
}

/** The same for whoever reads the log itself. It never throws: what cannot be read is said by what it returns. */
export async function followEdgeLog(
  host: Host,
  prefix: string,
  reader: EdgeLogReader,
): Promise<EdgeLog> {
  try {
    return await follow(host, edgeContainerName(prefix), reader);
  } catch (error) {
    return silent(`the edge's log cannot be read: ${(error as Error).message}`);
  }
}

async function follow(
  host: Host,
  name: string,
  { from, whole = false, read }: EdgeLogReader,
): Promise<EdgeLog> {
  const engine = await host.engine();
  const container = engine.getContainer(name);
  const [clock, { Id, HostConfig }] = await Promise.all([
    readEngineClock(engine),
    container.inspect(),
  ]);
  const driver = HostConfig.LogConfig?.Type ?? "none";
  if (!READABLE_DRIVERS.includes(driver)) {
    return silent(
      `the edge's log goes to ${driver}, which the Docker Engine does not read back; give its containers json-file or local`,
    );
  }
  const kind = { stdout: true, stderr: whole, timestamps: whole };
  const since = (instant: number) => String(Math.floor(clock.earliest(instant)));
  // Apart from what was written before: see `followLog`. Some drivers take no notice of `tail: 0`.
  const fromNow = { follow: true, tail: 0, since: since(performance.now()) };
  const live = await openLog(engine, Id, { ...kind, ...fromNow });
  const fromBefore = { follow: false, since: since(from) };
  const past = await openLog(engine, Id, { ...kind, ...fromBefore }).catch((error: Error) => {
    live.destroy();
    throw error;
  });
  let missing: string | null = null;
  let isClosed = false;
  const ended = (why: string) => () => {
    if (!isClosed) missing ??= `the edge's log ended while it was read (${why})`;
  };
  const gathered = gatherReads(live);
  const [takeLive, takePast] = [read("live"), read("past")];
  past.on("data", takePast);
  // One after the other: of a long past so much is told that the first lines of now would be forgotten, and counted twice.
  past.on("end", () =>
    live.on("data", (chunk: Buffer) => {
      gathered(chunk);
      takeLive(chunk);
    }),
  );
  for (const stream of [live, past]) stream.on("error", ended("the connection broke"));
  past.on("aborted", ended("the connection broke"));
  live.on("end", ended("the edge stopped, or the engine did"));
  live.on("close", ended("the connection was closed"));
  return {
    container: Id,
    now: () => clock.at(performance.now()),
    missing: () => missing,
    close: () => {
      isClosed = true;
      for (const stream of [live, past]) stream.destroy();
    },
  };
}

/**
 * The Engine's clock, as Unix seconds at an instant of `performance.now()`: by no clock that somebody may set, since a jump
 * would put all requests before the switch, or behind it.
 */
interface EngineClock {
  at(instant: number): number;
  /** No later than it was, however long the Engine took to say it. */
  earliest(instant: number): number;
}

async function readEngineClock(engine: Docker): Promise<EngineClock> {
  const before = performance.now();
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  const after = performance.now();
  const said = Date.parse(SystemTime);
  return {
    at: (instant) => (said + instant - (before + after) / 2) / 1000,
    earliest: (instant) => (said + instant - after) / 1000,
  };
}

function silent(missing: string): EdgeLog {
  return {
    container: null,
    now: () => Date.now() / 1000,
    missing: () => missing,
    close: () => undefined,
  };
}
