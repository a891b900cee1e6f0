import type Docker from "dockerode";
import { connectEngine, listSet } from "../host/engine";
import { HostDirectory } from "../host/hostDirectory";
import type { SwitchInput } from "../release/operationInput";
import { otherColor, type Color } from "../release/release";
import { askServices } from "./shared/askServices";
import { elapsed, readInput, sleep } from "./shared/input";
import { report, requireContainers, SetNotHealthy, waitUntilReady } from "./shared/setHealth";

const BAKE_INTERVAL_MILLISECONDS = 1_000;

/**
 * Moves all users to a proven set: looks at the set once more, moves the traffic by one rename, asks every service
 * through the edge which set answered, and watches for the bake time. What fails after the move takes the traffic back
 * before this exits non-zero.
 */
export async function main(): Promise<number> {
  const input = readInput<SwitchInput>();
  const host = new HostDirectory(input.directory);
  const engine = connectEngine();
  refuseStaleSwitch(host, input);
  try {
    await requireFitSet(engine, input);
  } catch (error) {
    if (!(error instanceof SetNotHealthy)) throw error;
    report(error);
    // Without proof the next update makes the set anew. One that serves stays what it is.
    if (host.readActiveColor() !== input.color) host.disprove(input.color);
    console.error(`the traffic was not moved to ${input.color}: that set is not fit to serve`);
    return 1;
  }
  const outgoing = host.readActiveColor();
  const moved = outgoing !== input.color;
  const stopWatchingSignals = moved ? restoreOnSignal(host, input, outgoing) : () => undefined;
  const start = performance.now();
  if (moved) move(host, input, input.color);
  const wrongs = await watch(input, start);
  stopWatchingSignals();
  if (wrongs.length > 0) return restore(engine, host, input, outgoing, wrongs);
  host.acquit(input.record.id);
  if (moved && outgoing) await retire(engine, host, input, outgoing);
  return 0;
}

/** An update that was planned before somebody else moved the traffic must not move it again. */
function refuseStaleSwitch(host: HostDirectory, { switchNumber, color, record }: SwitchInput) {
  const last = host.readSwitch();
  const number = last?.number ?? 0;
  const isRepeat = number === switchNumber && host.readActiveColor() === color;
  if (!isRepeat && number !== switchNumber - 1) {
    throw new Error(
      `the traffic was moved to ${last?.color} (release ${last?.release}) at ${last?.at}, after this update was ` +
        `planned; run it again to plan from there`,
    );
  }
  const placement = host.readPlacement(color);
  if (!isRepeat && !(placement?.proven && placement.record.id === record.id)) {
    throw new Error(
      `${color} does not hold a proven release ${record.id}; run the update again to place it`,
    );
  }
}

async function requireFitSet(engine: Docker, input: SwitchInput): Promise<void> {
  const containers = await requireContainers(engine, input);
  await waitUntilReady(engine, input, containers, 1);
}

function move(host: HostDirectory, input: SwitchInput, color: Color): void {
  const number = (host.readSwitch()?.number ?? 0) + 1;
  const release = host.readPlacement(color)?.record.id ?? input.record.id;
  host.writeSwitch({ number, release, color, at: new Date().toISOString() });
  host.moveTraffic(color);
}

/** Asks all services at once, then again each second for the bake time. */
async function watch(input: SwitchInput, start: number): Promise<string[]> {
  const { edgeUrl, color, record } = input;
  const end = performance.now() + input.bakeSeconds * 1000;
  let wrongs = await askServices(edgeUrl, color, record);
  if (wrongs.length === 0) {
    console.log(`${color} serves release ${record.id}; moved and asked in ${elapsed(start)}`);
  }
  while (wrongs.length === 0 && performance.now() < end) {
    await sleep(Math.min(BAKE_INTERVAL_MILLISECONDS, Math.max(0, end - performance.now())));
    wrongs = await askServices(edgeUrl, color, record);
  }
  return wrongs;
}

/** Takes the traffic back, unless the set it would go back to is in no better state. */
async function restore(
  engine: Docker,
  host: HostDirectory,
  input: SwitchInput,
  outgoing: Color | null,
  wrongs: readonly string[],
): Promise<number> {
  host.reject(input.record, wrongs.join("; "));
  console.error(`release ${input.record.id} failed after the switch:\n${wrongs.join("\n")}`);
  const back = outgoing && host.readPlacement(outgoing);
  if (!outgoing || outgoing === input.color || !back) {
    console.error("there is no other set to go back to; the edge is left as it is");
    return 1;
  }
  try {
    await requireFitSet(engine, { ...input, color: outgoing, record: back.record });
  } catch (error) {
    if (!(error instanceof SetNotHealthy)) throw error;
    report(error);
    console.error(`${outgoing} is not fit to serve either, so the traffic stays on ${input.color}`);
    return 1;
  }
  const start = performance.now();
  move(host, input, outgoing);
  host.disprove(input.color);
  console.error(`users are back on ${outgoing}, release ${back.record.id}, in ${elapsed(start)}`);
  return 1;
}

/** A cancelled update must not end on a release that nobody has watched to the end. */
function restoreOnSignal(
  host: HostDirectory,
  input: SwitchInput,
  outgoing: Color | null,
): () => void {
  const goBack = () => {
    if (outgoing && host.readActiveColor() === input.color) move(host, input, outgoing);
    console.error(`cancelled; users are on ${host.readActiveColor() ?? "no set"}`);
    process.exit(1);
  };
  process.once("SIGINT", goBack).once("SIGTERM", goBack);
  return () => process.off("SIGINT", goBack).off("SIGTERM", goBack);
}

/** What becomes of the set that no longer serves, once what it had begun is done. */
async function retire(
  engine: Docker,
  host: HostDirectory,
  input: SwitchInput,
  outgoing: Color,
): Promise<void> {
  if (input.keepPrevious === "warm") return;
  await sleep(input.drainSeconds * 1000);
  const placement = host.readPlacement(outgoing);
  const containers = await listSet(engine, input.prefix, otherColor(input.color));
  await Promise.all(
    containers
      .filter(({ state }) => state === "running")
      .map(({ id, service }) => {
        const grace = placement?.record.services[service]?.stopGraceSeconds ?? input.drainSeconds;
        return engine.getContainer(id).stop({ t: grace });
      }),
  );
  // Without proof the set counts as empty: the next update removes what is left of it.
  if (input.keepPrevious === "removed") host.disprove(outgoing);
  console.log(`${outgoing} set stopped after ${input.drainSeconds} s of drain`);
}
