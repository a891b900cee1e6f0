import type Docker from "dockerode";
import { failureOf } from "../../host/ask";
import { lastLogLines } from "../../host/engine";
import { type Host } from "../../host/host";
import { HostError } from "../../rules/host/asking";
import { inspectSet, type SetMember } from "../../host/inspectSet";
import { startAgain } from "../../host/restartPolicy";
import { describeDifference, LIMITS } from "../../rules/host/containerDifferences";
import type { Difference } from "../../rules/host/difference";
import { probePath } from "../../rules/edge/edgeLayout";
import type { ExpectedSet } from "../../rules/host/expectedContainer";
import { describeAnswer, isWell } from "../../rules/edge/healthAnswer";
import type { HealthCheckSettings } from "../../release/release";
import type { Unfit } from "../hands";
import { elapsed, sleep } from "../timing";
import { causeOfDeath } from "./parts";
import { giveFullShares, limitProcesses, type Unchanged } from "./memberLimits";

/** A set and how to reach it. */
export interface SetUnderTest extends ExpectedSet {
  readonly previewUrl: string;
}

/** How often the Engine is asked whether a container that is not ready has died, in milliseconds. */
const DEATH_CHECK_MILLISECONDS = 500;
const LOG_LINES = 50;
/** Part of its deadline for which a container that is not ready steps back from the processor. */
const PATIENCE = 0.5;

/** Ends all that looks at a set, at the first thing found. */
class NotFit extends Error {
  constructor(readonly unfit: Unfit) {
    super(unfit.says);
  }
}

/**
 * Looks whether a set is what its record says and every replica of it answers. A container that was stopped
 * (`keepPrevious: stopped`, or by hand) is started, one without its limit of processes gets it, and one that has started
 * gets its full share of the processor.
 *
 * @param passes replaces each service's own number of passes.
 * @returns each container that is missing or not what the record says, and in what; else the first one that does not
 * answer; null: the set is fit.
 */
export async function findUnfit(
  host: Host,
  set: SetUnderTest,
  passes?: number,
): Promise<Unfit | null> {
  try {
    await requireFit(host, set, passes);
    return null;
  } catch (error) {
    if (error instanceof NotFit) return error.unfit;
    throw error;
  }
}

/** Looks whether a set is what its record says. @returns each container that is not, and in what; null: it is. */
export async function findIncomplete(engine: Docker, set: ExpectedSet): Promise<Unfit | null> {
  const { missing, differences } = await inspectSet(engine, set);
  return incomplete(set, missing, differences.filter(isWrong));
}

/** The limit of processes is set once a container runs. */
function isWrong({ what }: Difference): boolean {
  return what !== LIMITS.processes;
}

function incomplete(
  set: ExpectedSet,
  missing: readonly string[],
  wrong: readonly Difference[],
): Unfit | null {
  if (missing.length + wrong.length === 0) return null;
  return { kind: "incomplete", says: words(set, missing, wrong), logs: [] };
}

async function requireFit(host: Host, set: SetUnderTest, passes?: number): Promise<void> {
  const engine = await host.engine();
  const { members, unlimited } = await requireContainers(engine, set);
  const failed = await limitProcesses(engine, set.record, unlimited);
  await waitUntilReady(host, set, members, passes);
  // The Engine limits only what runs, and one may have been exiting just then.
  const still = await limitProcesses(engine, set.record, [...failed.keys()]);
  requireChanged(still, "limit of processes");
  const starters = members.filter(({ stepsBack }) => stepsBack);
  requireChanged(await giveFullShares(engine, starters), "share of the processor");
}

function requireChanged(unchanged: Unchanged, what: string): void {
  for (const [{ name }, reason] of unchanged) {
    const says = `${name}: its ${what} cannot be set: ${reason}`;
    throw new NotFit({ kind: "unwell", says, logs: [] });
  }
}

async function requireContainers(
  engine: Docker,
  set: SetUnderTest,
): Promise<{ members: readonly SetMember[]; unlimited: readonly SetMember[] }> {
  const { members, missing, differences } = await inspectSet(engine, set);
  const unlimited = new Set(
    differences.filter((each) => !isWrong(each)).map(({ container }) => container),
  );
  const unfit = incomplete(set, missing, differences.filter(isWrong));
  if (unfit) throw new NotFit(unfit);
  await Promise.all(
    members
      .filter(({ state }) => state === "exited" || state === "created")
      .map(({ id }) => startAgain(engine.getContainer(id))),
  );
  return { members, unlimited: members.filter(({ name }) => unlimited.has(name)) };
}

function words(
  { record }: ExpectedSet,
  missing: readonly string[],
  wrong: readonly Difference[],
): string {
  const absent = missing.map(
    (name) => `container ${name} is missing; run the update again, which makes the set again`,
  );
  if (wrong.length === 0) return absent.join("\n");
  const remedy =
    `what runs is not what the record of release ${record.id} says; run the whole update again (no --target, no ` +
    `--exclude), which makes the set again`;
  return [...absent, ...wrong.map(describeDifference), remedy].join("\n");
}

/**
 * Waits until every replica has answered its readiness path the wanted number of times in a row, through the edge. One
 * that is not ready after half of its deadline gets its full share of the processor: users may notice the start then,
 * which is better than a release that fails because others had the processor.
 *
 * @param passes replaces each service's own number of passes.
 * @throws NotFit at the first container that died, or at the first deadline that passed.
 */
async function waitUntilReady(
  host: Host,
  set: SetUnderTest,
  containers: readonly SetMember[],
  passes?: number,
): Promise<void> {
  const abort = new AbortController();
  const start = performance.now();
  const waits = containers.map(async (container) => {
    const { health } = set.record.services[container.service]!;
    await waitForReplica(host, set, container, { ...health, ...(passes ? { passes } : {}) }, abort);
    console.log(`${container.name}: ready after ${elapsed(start)}`);
  });
  try {
    await Promise.all(waits);
  } catch (error) {
    abort.abort();
    throw error;
  }
}

async function waitForReplica(
  host: Host,
  set: SetUnderTest,
  container: SetMember,
  health: HealthCheckSettings,
  abort: AbortController,
): Promise<void> {
  const url = set.previewUrl + probePath(set.color, container.service, container.replica, "ready");
  const start = performance.now();
  const deadline = start + health.deadlineSeconds * 1000;
  let stepsBackUntil = container.stepsBack
    ? start + health.deadlineSeconds * 1000 * PATIENCE
    : Infinity;
  let nextDeathCheck = performance.now() + DEATH_CHECK_MILLISECONDS;
  let passed = 0;
  for (;;) {
    const { ok, result } = await probe(host, url);
    passed = ok ? passed + 1 : 0;
    if (passed >= health.passes || abort.signal.aborted) return;
    const now = performance.now();
    const death = !ok && now > nextDeathCheck ? await deathOf(host, container) : null;
    if (death || now > deadline) {
      const reason =
        death ?? `not ready within ${health.deadlineSeconds} s: ${health.readyPath} gave ${result}`;
      throw new NotFit({
        kind: "unwell",
        says: `${container.name}: ${reason}`,
        logs: await lastLogLines(await host.engine(), container.id, LOG_LINES).catch(() => []),
      });
    }
    if (now > nextDeathCheck) nextDeathCheck = now + DEATH_CHECK_MILLISECONDS;
    if (now > stepsBackUntil) {
      stepsBackUntil = Infinity;
      // What cannot be changed now is told at the end, where it matters.
      await giveFullShares(await host.engine(), [container]);
    }
    await sleep(health.intervalMilliseconds);
  }
}

async function probe(host: Host, url: string): Promise<{ ok: boolean; result: string }> {
  try {
    const answer = await host.ask(url);
    return isWell(answer)
      ? { ok: true, result: "" }
      : { ok: false, result: describeAnswer(answer) };
  } catch (error) {
    if (error instanceof HostError) throw error;
    return { ok: false, result: failureOf(error) };
  }
}

async function deathOf(host: Host, { id }: SetMember): Promise<string | null> {
  return causeOfDeath((await host.engine()).getContainer(id));
}
