import { withHost } from "../host/connectHost";
import { listSet } from "../host/engine";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { stopForGood } from "../host/restartPolicy";
import type { SwitchInput } from "../rules/stepInput";
import type { EventFacts, EventKind } from "../records/events";
import { otherColor, type Color, type ReleaseRecord } from "../release/release";
import { settleLogins } from "./databases/settle";
import { askServices } from "./shared/askServices";
import { elapsed, readInput, secondsSince, sleep } from "./shared/input";
import { noteEvent } from "./shared/noteEvent";
import {
  report,
  requireFit,
  SetNotHealthy,
  setUnderTest,
  type SetUnderTest,
} from "./shared/setHealth";

const BAKE_INTERVAL_MILLISECONDS = 1_000;

/** What was asked for, with what the host knows of the set. */
type Switch = SwitchInput & SetUnderTest;

/** One move of the traffic: where, and what was asked for. */
interface Move {
  readonly host: Host;
  readonly directory: HostDirectory;
  readonly input: Switch;
}

/**
 * Moves all users to a proven set: looks at the set once more, moves the traffic by one rename, asks every service
 * through the edge which set answered, and watches for the bake time. What fails after the move takes the traffic back
 * before this exits non-zero.
 */
export function main(): Promise<number> {
  const input = readInput<SwitchInput>("switchTraffic");
  return withHost(input.host, async (host) => {
    const directory = new HostDirectory(host, input.directory);
    const record = await refuseStaleSwitch(directory, input);
    const move = { host, directory, input: await setUnderTest(directory, input, record) };
    const code = await switchTraffic(move);
    await settleLogins(host, input);
    return code;
  });
}

async function switchTraffic(move: Move): Promise<number> {
  const { directory, input } = move;
  try {
    await requireFit(move.host, input, 1);
  } catch (error) {
    if (!(error instanceof SetNotHealthy)) throw error;
    report(error);
    // Without proof the next update makes the set anew. One that serves stays what it is.
    if ((await directory.edge.readActiveColor()) !== input.color)
      await directory.records.disprove(input.color);
    console.error(`the traffic was not moved to ${input.color}: that set is not fit to serve`);
    return 1;
  }
  const outgoing = await directory.edge.readActiveColor();
  const moved = outgoing !== input.color;
  const cancel = moved ? listenForSignals() : null;
  const start = performance.now();
  if (moved) await moveTo(move, input.color);
  const watched = watch(move, start, cancel?.signal);
  if (moved) await note(move, "moved", { seconds: secondsSince(start) });
  const wrongs = await (cancel ? Promise.race([watched, cancel.fired]) : watched);
  if (wrongs === "cancelled") return goBack(move, outgoing);
  cancel?.stop();
  if (wrongs.length > 0) return restore(move, outgoing, wrongs);
  await directory.records.acquit(input.record.id);
  if (moved && outgoing) await retire(move, outgoing);
  return 0;
}

/**
 * An update that was planned before somebody else moved the traffic must not move it again.
 *
 * @returns the record of the release that the set holds.
 */
async function refuseStaleSwitch(
  directory: HostDirectory,
  { switchNumber, color, release }: SwitchInput,
): Promise<ReleaseRecord> {
  const last = await directory.records.readSwitch();
  const number = last?.number ?? 0;
  const isRepeat = number === switchNumber && (await directory.edge.readActiveColor()) === color;
  if (!isRepeat && number !== switchNumber - 1) {
    throw new Error(
      `the traffic was moved to ${last?.color} (release ${last?.release}) at ${last?.at}, after this update was ` +
        `planned; run it again to plan from there`,
    );
  }
  const placement = await directory.records.readPlacement(color);
  if (placement?.record.id !== release || !(placement.proven || isRepeat)) {
    throw new Error(
      `${color} does not hold a proven release ${release}; run the update again to place it`,
    );
  }
  return placement.record;
}

async function moveTo({ directory, input }: Move, color: Color): Promise<void> {
  const number = ((await directory.records.readSwitch())?.number ?? 0) + 1;
  const release = (await directory.records.readPlacement(color))?.record.id ?? input.record.id;
  await directory.records.writeSwitch({ number, release, color, at: new Date().toISOString() });
  await directory.edge.moveTraffic(color);
}

/** Puts on record what became of the release, unless told of another one. */
function note(
  { directory, input }: Move,
  kind: EventKind,
  facts: Partial<EventFacts>,
): Promise<void> {
  const { color, record } = input;
  return noteEvent(directory.records, { kind, release: record.id, color, ...facts });
}

/** Asks all services at once, then again each second for the bake time. */
async function watch(
  { host, directory, input }: Move,
  start: number,
  cancelled?: AbortSignal,
): Promise<string[]> {
  const { edgeUrl, previewUrl, color, record } = input;
  const end = performance.now() + input.bakeSeconds * 1000;
  const publicHost = (await directory.records.readEdge())?.publicHost;
  const asking = { url: edgeUrl, previewUrl, ...(publicHost ? { publicHost } : {}) };
  let wrongs = await askServices(host, asking, color, record);
  if (wrongs.length === 0) {
    console.log(`${color} serves release ${record.id}; moved and asked in ${elapsed(start)}`);
  }
  while (wrongs.length === 0 && performance.now() < end && !cancelled?.aborted) {
    await sleep(Math.min(BAKE_INTERVAL_MILLISECONDS, Math.max(0, end - performance.now())));
    wrongs = await askServices(host, asking, color, record);
  }
  return wrongs;
}

/** Takes the traffic back, unless the set it would go back to is in no better state. */
async function restore(
  move: Move,
  outgoing: Color | null,
  wrongs: readonly string[],
): Promise<number> {
  const { directory, input } = move;
  const reason = wrongs.join("; ");
  await directory.records.reject(input.record, reason);
  await note(move, "rejected", { reason });
  console.error(`release ${input.record.id} failed after the switch:\n${wrongs.join("\n")}`);
  const back = outgoing && (await directory.records.readPlacement(outgoing));
  if (!outgoing || outgoing === input.color || !back) {
    console.error("there is no other set to go back to; the edge is left as it is");
    return 1;
  }
  try {
    await requireFit(move.host, { ...input, color: outgoing, record: back.record }, 1);
  } catch (error) {
    if (!(error instanceof SetNotHealthy)) throw error;
    report(error);
    console.error(`${outgoing} is not fit to serve either, so the traffic stays on ${input.color}`);
    return 1;
  }
  const start = performance.now();
  await moveTo(move, outgoing);
  await directory.records.disprove(input.color);
  await note(move, "went back", {
    ...{ release: back.record.id, color: outgoing, seconds: secondsSince(start) },
  });
  console.error(`users are back on ${outgoing}, release ${back.record.id}, in ${elapsed(start)}`);
  return 1;
}

/** A signal does not end the process between two steps of a move: it is answered once the traffic is somewhere. */
function listenForSignals() {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const fired = new Promise<"cancelled">((resolve) => {
    controller.signal.addEventListener("abort", () => resolve("cancelled"));
  });
  process.once("SIGINT", abort).once("SIGTERM", abort);
  return {
    signal: controller.signal,
    fired,
    stop: () => process.off("SIGINT", abort).off("SIGTERM", abort),
  };
}

/** A cancelled update must not end on a release that nobody has watched to the end. */
async function goBack(move: Move, outgoing: Color | null): Promise<number> {
  const { directory, input } = move;
  if (outgoing && (await directory.edge.readActiveColor()) === input.color) {
    await moveTo(move, outgoing);
    await note(move, "went back", { color: outgoing, reason: "the update was cancelled" });
  }
  console.error(`cancelled; users are on ${(await directory.edge.readActiveColor()) ?? "no set"}`);
  return 1;
}

/** What becomes of the set that no longer serves, once what it had begun is done. */
async function retire(move: Move, outgoing: Color): Promise<void> {
  const { host, directory, input } = move;
  if (input.keepPrevious === "warm") return;
  await sleep(input.drainSeconds * 1000);
  const placement = await directory.records.readPlacement(outgoing);
  const engine = await host.engine();
  const containers = await listSet(engine, input.prefix, otherColor(input.color));
  await Promise.all(
    containers
      .filter(({ state }) => state === "running")
      .map(({ id, service }) => {
        const grace = placement?.record.services[service]?.stopGraceSeconds ?? input.drainSeconds;
        return stopForGood(engine.getContainer(id), grace);
      }),
  );
  // Without proof the set counts as empty: the next update removes what is left of it.
  if (input.keepPrevious === "removed") await directory.records.disprove(outgoing);
  const release = placement?.record.id;
  await note(move, "retired", { color: outgoing, ...(release ? { release } : {}) });
  console.log(`${outgoing} set stopped after ${input.drainSeconds} s of drain`);
}
