import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import type { LogQuery } from "../../../host/containerLog";
import type { TimedLine } from "../../../host/timedLines";
import { ContainerFeed } from "../../../operations/metrics/containerFeed";
import { LiveLines, MOST_WAITING } from "../../../operations/metrics/liveLines";
import { LogBatch } from "../../../operations/metrics/logBatch";
import type { KeptLines } from "../../../operations/metrics/logStore";
import { VictoriaLogs } from "../../../operations/metrics/victoriaLogs";
import type { AskOptions } from "../../../rules/host/asking";
import { logFrame, logModem } from "../../support/engineLogs";

const AT = (second: number) => `2026-09-01T12:00:0${second}.000000000Z`;
const NOTHING: KeptLines = { since: null, keys: new Set() };

/** A frame of the Engine's log with timestamps. */
const frame = (second: number, text: string) => logFrame(`${AT(second)} ${text}`);

/** An Engine whose container has these logs, one after another, and what it was asked for. */
function engineOf(logs: PassThrough[]) {
  const asked: LogQuery[] = [];
  const modem = logModem(() => logs.shift()!, asked);
  return { engine: { modem } as unknown as Docker, asked };
}

function feedOf(
  logs: PassThrough[],
  kept = NOTHING,
  take?: (line: TimedLine) => Promise<void>,
  shared: ConstructorParameters<typeof ContainerFeed>[5] = null,
  end = new AbortController(),
) {
  const { engine, asked } = engineOf(logs);
  const taken: string[] = [];
  const source = { id: "c", set: "blue", service: "web", replica: 0, isRunning: true } as const;
  const keep = (line: TimedLine) => {
    taken.push(line.text);
    return Promise.resolve();
  };
  const feed = new ContainerFeed(engine, source, kept, take ?? keep, end.signal, shared);
  return { feed, taken, asked };
}

describe("what a container writes", () => {
  it("is taken once, also where it is started again and where the Engine tells it twice", async () => {
    const [first, second] = [new PassThrough(), new PassThrough()];
    const { feed, taken, asked } = feedOf([first, second]);
    feed.keepOpen(true);
    for (const [at, text] of [
      [1, "a"],
      [2, "b"],
      [1, "a"],
      [3, "c"],
    ] as const) {
      first.write(frame(at, text));
    }
    first.end();
    await feed.ended();
    feed.keepOpen(false);
    expect(feed.isIdle()).toBe(true);
    feed.keepOpen(true);
    second.write(frame(3, "c"));
    second.end(frame(4, "d"));
    await feed.ended();
    expect(taken).toEqual(["a", "b", "c", "d"]);
    expect(asked).toMatchObject([
      { follow: true, tail: 0 },
      { follow: false },
      { follow: true, tail: 0 },
      { follow: false, since: "1788264003.000000000" },
    ]);
  });

  it("is taken from where the store has it, with what the store has lost", async () => {
    const log = new PassThrough();
    const kept = { since: "1788264000", keys: new Set([`stdout ${AT(1)}`, `stdout ${AT(3)}`]) };
    const { feed, taken, asked } = feedOf([log], kept);
    feed.keepOpen(true);
    for (const at of [1, 2, 3, 4]) log.write(frame(at, String(at)));
    log.end();
    await feed.ended();
    expect(taken).toEqual(["2", "4"]);
    expect(asked).toMatchObject([{ follow: true }, { since: kept.since }]);
  });

  it("is read no further once it could not be kept, and that is said", async () => {
    const log = new PassThrough();
    const { feed } = feedOf([log], NOTHING, () => Promise.reject(new Error("away")));
    feed.keepOpen(true);
    log.write(frame(1, "a"));
    await feed.ended();
    expect(() => feed.keepOpen(true)).toThrow("away");
    expect(log.destroyed).toBe(true);
  });
});

describe("what a container writes whose log others read too", () => {
  const line = (second: number, text: string) => ({
    ...{ at: AT(second), stream: "stdout" as const, text },
    said: null,
  });

  /** Shares these, one after another; null: the container is not followed then. */
  function sharing(...lives: (LiveLines | null)[]) {
    return { open: () => lives.shift() ?? null, leave: (live: LiveLines) => live.end() };
  }

  function logOf(...frames: Buffer[]): PassThrough {
    const log = new PassThrough();
    frames.forEach((each) => log.write(each));
    log.end();
    return log;
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((go) => setImmediate(go));
  }

  it("is what the log has by then, then what comes, once each, and asks for no log that goes on", async () => {
    const live = new LiveLines();
    live.push([line(2, "b"), line(3, "c")]);
    const logs = [logOf(frame(1, "a"), frame(2, "b")), logOf(frame(4, "d"), frame(5, "e"))];
    const { feed, taken, asked } = feedOf(logs, NOTHING, undefined, sharing(live));
    feed.keepOpen(true);
    await until(() => taken.length === 3);
    live.push([line(4, "d")]);
    await until(() => taken.length === 4);
    // What the edge wrote while the connection broke is in its log.
    live.end();
    await feed.ended();
    expect(taken).toEqual(["a", "b", "c", "d", "e"]);
    expect(asked).toEqual([
      expect.objectContaining({ follow: false }),
      expect.objectContaining({ follow: false, since: "1788264004.000000000" }),
    ]);
  });

  it("waits in the log where the store is slow, and is read there once it has time", async () => {
    const live = new LiveLines();
    let go: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (go = resolve));
    const taken: string[] = [];
    const take = async ({ text }: TimedLine) => {
      await slow;
      taken.push(text);
    };
    const logs = [logOf(frame(1, "a")), logOf(frame(1, "a"), frame(2, "b"), frame(3, "c"))];
    const { feed } = feedOf(logs, NOTHING, take, sharing(live));
    feed.keepOpen(true);
    live.push([line(2, "b")]);
    for (let count = 0; count < MOST_WAITING; count += 1) live.push([line(3, "c")]);
    go();
    await feed.ended();
    expect(taken).toEqual(["a", "b", "c"]);
  });

  it("ends with the program, also while nothing comes", async () => {
    const live = new LiveLines();
    const end = new AbortController();
    const { feed, taken } = feedOf([logOf(frame(1, "a"))], NOTHING, undefined, sharing(live), end);
    feed.keepOpen(true);
    await until(() => taken.length === 1);
    end.abort();
    await feed.ended();
    expect(feed.isIdle()).toBe(true);
  });
});

describe("lines on their way", () => {
  const LINE = "x".repeat(400_000);

  it("wait while the store takes others, however many there are", async () => {
    const sent: number[] = [];
    let answer: () => void = () => undefined;
    const add = (rows: readonly string[]) => {
      sent.push(rows.length);
      return new Promise<void>((resolve) => (answer = resolve));
    };
    const batch = new LogBatch({ add, ping: () => Promise.resolve() });
    await batch.add(LINE);
    await batch.add(LINE);
    let isDone = false;
    const third = batch.add(LINE).then(() => (isDone = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([sent, isDone]).toEqual([[3], false]);
    answer();
    await third;
    expect(isDone).toBe(true);
  });

  it("are not followed by others where some could not be kept", async () => {
    const add = jest.fn(() => Promise.reject(new Error("away")));
    const batch = new LogBatch({ add, ping: () => Promise.resolve() });
    await batch.add("a");
    await expect(batch.send()).rejects.toThrow("away");
    await batch.add("b");
    await expect(batch.send()).rejects.toThrow("away");
    expect(add).toHaveBeenCalledTimes(1);
  });

  it("need none to notice that the store is away, and has forgotten some", async () => {
    const ping = () => Promise.reject(new Error("away"));
    const batch = new LogBatch({ add: () => Promise.resolve(), ping });
    await expect(batch.send()).rejects.toThrow("away");
  });
});

describe("a store", () => {
  function storeThat(answers: readonly { status: number; body: string }[]) {
    const asked: [string, AskOptions | undefined][] = [];
    const left = [...answers];
    const ask = (url: string, options?: AskOptions) => {
      asked.push([url, options]);
      return Promise.resolve({ headers: {}, ...left.shift()! });
    };
    return { store: new VictoriaLogs({ ask }, "http://127.0.0.1:9428"), asked };
  }

  it("says what it has of the last seconds, though not what came before", async () => {
    const { store, asked } = storeThat([
      { status: 200, body: `{"at":""}\n` },
      { status: 200, body: `{"at":"2026-09-01T12:00:20.5Z"}\n` },
      { status: 200, body: `{"stream":"stderr","_time":"2026-09-01T12:00:20.5Z"}\n` },
    ]);
    const kept = await store.kept({ stack: "demo", service: 'a"b' });
    expect(kept).toEqual({
      since: String(Date.parse("2026-09-01T12:00:10Z") / 1000),
      keys: new Set(["stderr 2026-09-01T12:00:20.500000000Z"]),
    });
    const queries = asked.map(([, options]) => new URLSearchParams(options!.body).get("query"));
    expect(queries).toEqual([
      '_time:10m {stack="demo",service="a\\"b"} | stats max(_time) at',
      '{stack="demo",service="a\\"b"} | stats max(_time) at',
      '_time:>=2026-09-01T12:00:10.000Z {stack="demo",service="a\\"b"} | fields stream, _time',
    ]);
  });

  it("that has nothing gets all, and one that refuses has kept nothing", async () => {
    const { store } = storeThat([
      { status: 200, body: `{"at":""}\n` },
      { status: 200, body: "" },
      { status: 503, body: "read-only" },
    ]);
    expect(await store.kept({ stack: "demo" })).toEqual(NOTHING);
    await expect(store.add(["{}"])).rejects.toThrow("VictoriaLogs answers 503 at /insert/jsonline");
  });
});
