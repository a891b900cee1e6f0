import { assetsPath, otherColor } from "../release/release";
import { HostError } from "../rules/host/asking";
import {
  isWorse,
  judgeShadows,
  ShadowPicker,
  type ShadowAnswers,
  type ShadowRequest,
  type ShadowSettings,
} from "../rules/health/shadowRequests";
import type { HeldSet, TargetHands, Way } from "../targets/hands";
import { elapsed, sleep } from "../targets/timing";
import type { Check, CheckedSet } from "./check";

const PAST_SECONDS = 600;
/** By then the log has told the past. */
const CATCH_UP_MILLISECONDS = 2_000;
const TIMEOUT_MILLISECONDS = 5_000;

/**
 * Repeats what users have asked of the set that serves to both sets, and compares the statuses: no user sees it, and no
 * user's connection waits for it, as it would for nginx's own mirror. Requests are repeated without cookies and logins,
 * which the edge's log does not hold: both sets refuse them alike.
 *
 * A release that users have had before is not tried: going back must be quick.
 */
export function shadowRequestsCheck(settings: ShadowSettings): Check {
  return {
    name: "shadow requests",
    moment: "first",
    async look(checked) {
      const { hands, set } = checked;
      const serving = await servingSet(checked);
      if (serving === null || (await hands.records.events.hasServed(set.record.id))) return [];
      const start = performance.now();
      // The log also tells of services that an earlier release had.
      const services = Object.keys(set.record.services).filter(
        (name) => name in serving.record.services,
      );
      const assets = services.flatMap((name) => assetsPath(set.record.services[name]!.route) ?? []);
      const picker = new ShadowPicker(services, settings, assets);
      await seeRecent(hands, serving, picker);
      const shadows = picker.list();
      const answers = await askBoth(checked, serving, shadows, settings.perSecond);
      console.log(
        `${shadows.length} users' requests repeated in ${elapsed(start)}, ` +
          `${answers.filter(isWorse).length} of them answered worse`,
      );
      const says = judgeShadows(answers, settings);
      return says === null ? [] : [{ says }];
    },
  };
}

async function servingSet({ hands, set }: CheckedSet): Promise<HeldSet | null> {
  const color = otherColor(set.color);
  if ((await hands.activeColor()) !== color) return null;
  const held = await hands.records.readPlacement(color);
  return held && { color, record: held.record };
}

/**
 * Shows what users have asked of a set lately.
 *
 * @throws Error when that cannot be read: the release is not to blame, and nobody has compared it.
 */
async function seeRecent(
  hands: TargetHands,
  { color }: HeldSet,
  picker: ShadowPicker,
): Promise<void> {
  const feed = await hands.followTraffic(PAST_SECONDS, (request) => {
    if (request.color === color) picker.see(request);
  });
  await sleep(CATCH_UP_MILLISECONDS);
  const missing = feed.missing();
  feed.close();
  if (missing !== null)
    throw new Error(`maestro:rollout.shadow: ${missing}; mend that, or remove the key`);
}

/** Spaced, so that neither set gets more than it was allowed. What is worse is asked once more: a moment is no release. */
async function askBoth(
  checked: CheckedSet,
  serving: HeldSet,
  shadows: readonly ShadowRequest[],
  perSecond: number,
): Promise<ShadowAnswers[]> {
  const start = performance.now();
  return Promise.all(
    shadows.map(async (request, index) => {
      await sleep(Math.max(0, start + (index * 1000) / perSecond - performance.now()));
      const first = await askOnce(checked, serving, request);
      return isWorse(first) ? askOnce(checked, serving, request) : first;
    }),
  );
}

async function askOnce(
  { hands, set }: CheckedSet,
  serving: HeldSet,
  request: ShadowRequest,
): Promise<ShadowAnswers> {
  const [now, own] = await Promise.all([
    statusOf(hands, serving, request, "public"),
    statusOf(hands, set, request, "preview"),
  ]);
  return { request, serving: now, own };
}

async function statusOf(
  hands: TargetHands,
  set: HeldSet,
  { service, method, uri }: ShadowRequest,
  way: Way,
): Promise<number | null> {
  const bounds = { statusOnly: true, timeoutMilliseconds: TIMEOUT_MILLISECONDS };
  const request = { method, path: uri, headers: {}, body: null, bounds };
  try {
    return (await hands.request(set, service, request, way)).status;
  } catch (error) {
    if (error instanceof HostError) throw error;
    return null;
  }
}
