import { ask } from "../../../host/ask";
import { Loki } from "../../../operations/metrics/loki";
import { LogBatch } from "../../../operations/metrics/logBatch";
import { openLogStore } from "../../../operations/metrics/openLogStore";
import { parseFields } from "../../../rules/logs/logLine";
import { nanoseconds, timeOf } from "../../../rules/observability/lokiRow";
import { LokiServer } from "../../support/lokiServer";

const LABELS = { stack: "demo", service: "web", set: "blue", release: "a1", replica: "0" };
const OF = { stack: "demo", service: "web", set: "blue", replica: "0" };
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const MINUTE = 60_000;
/** A whole second, a minute ago: lines that are asked for are not of the time to come. */
const BEGIN = Math.floor(Date.now() / 1000) * 1000 - MINUTE;

let loki: LokiServer;
let store: Loki;
let warned: string[];

beforeEach(async () => {
  loki = await LokiServer.start();
  warned = [];
  store = new Loki({ ask }, { url: loki.url, retentionDays: 7 }, (text) => warned.push(text));
});

afterEach(() => loki.close());

/** Time of a line, so many milliseconds after {@link BEGIN}. */
function at(milliseconds: number): string {
  return new Date(BEGIN + milliseconds).toISOString().replace("Z", "000000Z");
}

function row(
  milliseconds: number,
  text = "line",
  changes: { stream?: "stdout" | "stderr"; replica?: string } = {},
): string {
  const { stream = "stdout", replica = "0" } = changes;
  const line = { at: at(milliseconds), stream, text };
  return store.row(line, { ...LABELS, replica }, parseFields(text));
}

describe("a push to Loki", () => {
  it("has few labels, the trace as metadata, and each line as it was written", async () => {
    const said = JSON.stringify({ message: "paid", level: "warn", traceId: TRACE, order: 7 });
    await store.add([row(1), row(2, said), row(3, "oh", { stream: "stderr" }), row(4)]);
    const time = (milliseconds: number) => nanoseconds(at(milliseconds));
    expect(loki.streams).toEqual([
      {
        stream: { ...LABELS, stream: "stdout" },
        values: [
          [time(1), "line"],
          [time(4), "line"],
        ],
      },
      {
        stream: { ...LABELS, level: "warning", stream: "stdout" },
        values: [[time(2), said, { trace_id: TRACE }]],
      },
      { stream: { ...LABELS, stream: "stderr" }, values: [[time(3), "oh"]] },
    ]);
  });

  it("has no label without a value: what nginx itself says is of no set", async () => {
    const edge = { stack: "demo", service: "edge", set: "", release: "", replica: "0" };
    await store.add([store.row({ at: at(1), stream: "stderr", text: "started" }, edge, null)]);
    const labels = { stack: "demo", service: "edge", replica: "0", stream: "stderr" };
    expect(loki.streams.map(({ stream }) => stream)).toEqual([labels]);
  });

  it.each(["a\nb", '"\\', " ", "", "{"])("keeps a line of odd characters: %j", async (text) => {
    await store.add([row(1, text)]);
    expect(loki.streams[0]!.values).toEqual([[nanoseconds(at(1)), text]]);
  });

  it("goes on after lines that Loki refuses for ever, and says that some are lost", async () => {
    const hours = 2 * 60 * MINUTE;
    const batch = new LogBatch(store);
    for (const each of [row(0, "new"), row(-hours, "old"), row(1, "newer")]) await batch.add(each);
    await batch.send();
    await batch.add(row(2, "newest"));
    await batch.send();
    const kept = loki.streams[0]!.values.map(([, line]) => line);
    expect(kept).toEqual(["new", "newer", "newest"]);
    expect(warned).toEqual([
      "Loki does not keep some lines: they are more than an hour older than others of their container",
    ]);
  });

  it.each([
    [429, "ingestion rate limit exceeded for user fake"],
    [500, "failed to store chunks: storage unavailable"],
    [400, "error parsing labels"],
    [503, "entry too far behind"],
  ])(
    "that is answered by %i is not done: nothing later is kept before it",
    async (status, says) => {
      const batch = new LogBatch(store);
      loki.fail(status, says);
      await batch.add(row(1));
      await expect(batch.send()).rejects.toThrow(`Loki answers ${status} at /loki/api/v1/push`);
      await batch.add(row(2));
      await expect(batch.send()).rejects.toThrow(`Loki answers ${status}`);
      expect([loki.streams, warned]).toEqual([[], []]);
    },
  );
});

describe("what Loki has of a container", () => {
  it("is nothing, of one that it has never heard of", async () => {
    await store.add([row(1, "line", { replica: "1" })]);
    expect(await store.kept(OF)).toEqual({ since: null, keys: new Set() });
  });

  it("is each line of the last seconds, also of other levels and streams, though not what came before", async () => {
    const error = JSON.stringify({ level: "error" });
    await store.add([
      row(1000),
      row(14_999),
      ...[row(15_000), row(20_000, error), row(25_500, "x", { stream: "stderr" })],
      row(30_000, "line", { replica: "1" }),
    ]);
    expect(await store.kept(OF)).toEqual({
      since: String(BEGIN / 1000 + 15),
      keys: new Set([`stdout ${at(15_000)}`, `stdout ${at(20_000)}`, `stderr ${at(25_500)}`]),
    });
  });

  it("is looked for in all that is kept, of a container that has been silent", async () => {
    await store.add([row(-30 * MINUTE)]);
    const { since } = await store.kept(OF);
    expect(since).toBe(String(BEGIN / 1000 - 30 * 60 - 10));
    expect(loki.asked.slice(1).map(({ searchParams }) => searchParams.get("since"))).toEqual([
      "10m",
      "168h",
      null,
    ]);
  });

  it("is found whole where it is more than Loki tells at once", async () => {
    const times = Array.from({ length: 12_000 }, (_, index) => index / 2);
    await store.add(times.map((milliseconds) => row(Math.floor(milliseconds), `${milliseconds}`)));
    const { keys } = await store.kept(OF);
    expect(keys.size).toBe(6_000);
    expect(keys).toContain(`stdout ${at(5_999)}`);
  });

  it("is not known while Loki is away or answers badly", async () => {
    loki.fail(503, "Ingester not ready");
    await expect(store.settle()).rejects.toThrow("Loki answers 503 at /ready");
    loki.fail(500, "context deadline exceeded");
    await expect(store.kept(OF)).rejects.toThrow("Loki answers 500 at /loki/api/v1/query_range");
    await store.settle();
  });
});

it("a time is the Engine's again after it was Loki's, to the nanosecond", () => {
  const time = "2026-09-01T12:00:00.000000001Z";
  expect(nanoseconds(time)).toBe("1788264000000000001");
  expect(timeOf(nanoseconds(time))).toBe(time);
});

it("a stack's lines are kept by the store that it has", async () => {
  const listen = { address: "127.0.0.1", port: 3100 };
  const server = { image: "x", listen, memoryMegabytes: 512, retentionDays: 7 };
  const names = await Promise.all(
    (["victorialogs", "lokilogs"] as const).map(
      async (observer) => (await openLogStore({ ask }, { observer, server }, () => {})).name,
    ),
  );
  expect(names).toEqual(["VictoriaLogs", "Loki"]);
});
