import { StackRecords } from "../../records/stackRecords";
import { agreeOn } from "../../release/hostAgreement";
import type { Color } from "../../release/release";
import { HostError } from "../../rules/host/asking";
import type { HeldSet, TargetHands, Unfit, Way } from "../../targets/hands";
import { SeveralHostsHands } from "../../targets/severalHosts/hands";
import { MemoryTarget, PromiseBroken } from "./memoryTarget";

/** A target whose users cancel an update, that can be lost, and whose set that serves must always be what its record says. */
export class ModelTarget extends MemoryTarget {
  isCancelling = false;
  isLost = false;

  override async findUnfit(set: HeldSet): Promise<Unfit | null> {
    const unfit = await super.findUnfit(set);
    if (unfit?.kind === "incomplete" && (await this.activeColor()) === set.color) {
      throw new PromiseBroken(`serves, and ${unfit.says}`);
    }
    return unfit;
  }

  override ask(set: HeldSet, way: Way): Promise<readonly string[]> {
    if (this.isCancelling && way === "public") process.emit("SIGTERM");
    return super.ask(set, way);
  }
}

/** The set that hosts serve, as an update sees it before it decides anything. */
export async function agreedColor(hosts: readonly ModelTarget[]): Promise<Color | null> {
  const traffic = hosts.map(async (host, index) => ({
    host: String(index),
    color: await host.activeColor(),
  }));
  return agreeOn(await Promise.all(traffic), await hosts[0]!.records.readSwitch()).color;
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
