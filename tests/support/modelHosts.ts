import { StackRecords } from "../../records/stackRecords";
import { agreeOn } from "../../release/hostAgreement";
import { COLORS, type Color } from "../../release/release";
import { isRolling } from "../../release/rolling";
import type { ObservedState } from "../../release/rolloutPlan";
import { HostError } from "../../rules/host/asking";
import type { TargetHands } from "../../targets/hands";
import { SeveralHostsHands } from "../../targets/severalHosts/hands";
import type { ModelTarget } from "./modelTarget";

/** The set that hosts serve, as an update sees it before it decides anything. */
export async function agreedColor(hosts: readonly ModelTarget[]): Promise<Color | null> {
  const traffic = hosts.map(async (host, index) => ({
    host: String(index),
    color: await host.activeColor(),
  }));
  const { records } = hosts[0]!;
  const last = await records.readSwitch();
  return agreeOn(await Promise.all(traffic), last, await records.roll.read()).color;
}

/** What an update plans from; null: there was none. */
export async function observeHosts(hosts: readonly ModelTarget[]): Promise<ObservedState | null> {
  const { records } = hosts[0]!;
  if (!(await records.exists())) return null;
  const activeColor = await agreedColor(hosts);
  const roll = await records.roll.read();
  const moved = new Set<string>();
  for (const host of hosts) for (const each of await host.movedServices()) moved.add(each);
  return {
    activeColor,
    switchNumber: (await records.readSwitch())?.number ?? 0,
    ...((await records.readSwitch())?.settled === false && { unsettled: true as const }),
    placements: {
      blue: await records.readPlacement("blue"),
      green: await records.readPlacement("green"),
    },
    ...(isRolling(roll, activeColor) && { roll: { ...roll, moved: [...moved] } }),
  };
}

/** Opens hosts as a step's process does; one alone is what it is without the others. */
export async function openHosts(hosts: readonly ModelTarget[]): Promise<TargetHands> {
  const [only] = hosts;
  if (hosts.length === 1 && only) return only;
  return SeveralHostsHands.open(
    hosts.map((host, index) => ({ name: `host-${index + 1}`, hands: overNetwork(host) })),
  );
}

/** The same hands, except that a host that is lost gives no answer, neither before nor after it has done what it was asked. */
function overNetwork(host: ModelTarget): TargetHands {
  const store = askedOver(host, host.records.store);
  return askedOver(host, host, { records: new StackRecords(store) });
}

function askedOver<T extends object>(
  host: ModelTarget,
  asked: T,
  instead: Partial<Record<string, unknown>> = {},
): T {
  const refuse = () => {
    if (host.isLost) throw new HostError("cannot be reached");
  };
  return new Proxy(asked, {
    get(target, key) {
      if (typeof key === "string" && key in instead) return instead[key];
      const member = Reflect.get(target, key) as unknown;
      if (typeof member !== "function" || key === "close" || key === "previewUrl") return member;
      return async (...args: unknown[]) => {
        refuse();
        const answer: unknown = await (member as (...args: unknown[]) => unknown).apply(
          target,
          args,
        );
        refuse();
        return answer;
      };
    },
  });
}

/** What an update that did not come to its end has left running: no record of a set has it, or nothing serves. */
export async function strays(host: ModelTarget, records = host.records): Promise<number> {
  const serves = (await host.activeColor()) !== null;
  const counts = COLORS.map(async (color) => {
    const held = (await records.readPlacement(color))?.record.services ?? {};
    const running = [...host.parts[color]].filter(([, part]) => part.running);
    return running.filter(([service]) => !serves || !(service in held)).length;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}
