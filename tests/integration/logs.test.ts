import { connectEngine } from "../../host/engine";
import { followLogs } from "../../operations/logs/followLogs";
import { unixTime } from "../../rules/logs/unixTime";
import type { LogSource } from "../../operations/logs/logSources";
import { readPast } from "../../operations/logs/readPast";
import type { LogLine } from "../../rules/logs/logLine";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { docker } from "../../toolchain/setup/dockerClient";

jest.setTimeout(120_000);

const PREFIX = "maestro-itest-logs";
const NAMES = ["one", "two"];

/** Writes numbered lines at a pace, each line in one go; now and then one that the Engine cuts into pieces. */
const WRITER = `
import sys, time
name, rate, total = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
start, number = time.time(), 0
while number < total:
    due = min(total, int((time.time() - start) * rate) + 1)
    lines = []
    while number < due:
        lines.append("%s %d %s" % (name, number, "x" * (20000 if number % 5000 == 7 else 40)))
        number += 1
    sys.stdout.write("\\\\n".join(lines) + "\\\\n" if lines else "")
    sys.stdout.flush()
    time.sleep(0.005)
`.replaceAll("\\\\n", "\\n");

const engine = connectEngine();

afterEach(() =>
  docker(["rm", "--force", "--volumes", ...NAMES.map((name) => `${PREFIX}-${name}`)]),
);

async function start(name: string, rate: number, total: number, ...options: string[]) {
  const { reference } = await ensureBaseImage("python");
  const program = ["python3", "-c", WRITER, name, String(rate), String(total)];
  await docker([
    "run",
    "--detach",
    "--name",
    `${PREFIX}-${name}`,
    ...options,
    reference,
    ...program,
  ]);
}

async function sourceOf(name: string): Promise<LogSource> {
  const { Id, State } = await engine.getContainer(`${PREFIX}-${name}`).inspect();
  return { id: Id, set: "blue", service: name, replica: 0, isRunning: State.Running };
}

const numbersOf = (lines: readonly LogLine[], name: string) =>
  lines.filter(({ service }) => service === name).map(({ text }) => Number(text.split(" ")[1]));
const upTo = (total: number) => Array.from({ length: total }, (_, index) => index);
const isSorted = (lines: readonly LogLine[]) =>
  lines.every(({ at }, index) => index === 0 || lines[index - 1]!.at <= at);

async function until(condition: () => boolean, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  while (!condition() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
}

it("what containers have written is merged by time, each line once, long ones whole", async () => {
  await Promise.all(NAMES.map((name) => start(name, 20_000, 30_000)));
  await Promise.all(NAMES.map((name) => engine.getContainer(`${PREFIX}-${name}`).wait()));
  const lines: LogLine[] = [];
  for await (const line of readPast(engine, await Promise.all(NAMES.map(sourceOf)), {}))
    lines.push(line);
  for (const name of NAMES) expect(numbersOf(lines, name)).toEqual(upTo(30_000));
  expect(isSorted(lines)).toBe(true);
  expect(lines.find(({ text }) => text.startsWith("one 7 "))?.text).toHaveLength(
    "one 7 ".length + 20_000,
  );
  const last: LogLine[] = [];
  for await (const line of readPast(engine, [await sourceOf("one")], { tail: 3 })) last.push(line);
  expect(numbersOf(last, "one")).toEqual([29_997, 29_998, 29_999]);
});

it("10,000 lines a second are followed without one that is lost or told twice", async () => {
  const total = 40_000;
  await start("one", 10_000, total);
  const lines: LogLine[] = [];
  const end = new AbortController();
  const find = async () => [await sourceOf("one")];
  const reader = { show: (line: LogLine) => void lines.push(line), warn: console.warn };
  const following = followLogs(engine, find, {}, reader, end.signal);
  await until(() => lines.length >= total, 60);
  end.abort();
  await following;
  expect(numbersOf(lines, "one")).toEqual(upTo(total));
  expect(isSorted(lines)).toBe(true);
});

it("what is restarted, what comes later and what has ended are followed too", async () => {
  await start("one", 500, 1_000);
  const lines: LogLine[] = [];
  const end = new AbortController();
  const meant = ["one"];
  let looks = 0;
  const find = async () => {
    looks += 1;
    // As over a connection that hangs for a moment.
    if (looks === 2) throw new Error("no answer");
    const found = await Promise.all(meant.map((name) => sourceOf(name).catch(() => null)));
    return found.filter((source) => source !== null);
  };
  const reader = { show: (line: LogLine) => void lines.push(line), warn: console.warn };
  const following = followLogs(engine, find, {}, reader, end.signal);
  await until(() => numbersOf(lines, "one").length >= 200, 20);
  await docker(["restart", "--time", "0", `${PREFIX}-one`]);
  meant.push("two");
  await start("two", 500, 300);
  await until(() => numbersOf(lines, "one").filter((number) => number === 999).length === 1, 30);
  await until(() => numbersOf(lines, "two").includes(299), 20);
  end.abort();
  await following;
  const ones = numbersOf(lines, "one");
  const again = ones.lastIndexOf(0);
  expect(ones.slice(again)).toEqual(upTo(1_000));
  expect(ones.slice(0, again)).toEqual(upTo(again));
  expect(numbersOf(lines, "two")).toEqual(upTo(300));
});

it.each([
  ["2026-11-29T19:47:17.532000001Z", "1795981637.532000001"],
  ["2026-11-29T19:47:17Z", "1795981637.000000000"],
])("the time %s is %s to the Engine", (at, unix) => {
  expect(unixTime(at)).toBe(unix);
});
