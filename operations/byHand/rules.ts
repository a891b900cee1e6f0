import { BlockList, isIPv6 } from "node:net";
import { changeOrigin } from "../../config/changeOrigin";
import { stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import { forgetOver, readEdgeClock } from "../../host/handClock";
import { HostDirectory } from "../../host/hostDirectory";
import type { EventKind } from "../../records/event";
import type { HandKind, HandRule } from "../../rules/edge/byHand";
import { secondsLeft } from "../../rules/edge/handWords";
import { listenUrl } from "../../rules/edge/listenUrl";
import { HOLDING_DIRECTIVE, KNOWS_RULES_BY_HAND } from "../../rules/edge/nginxByHand";
import { noteEvent } from "../../steps/shared/noteEvent";
import { startNotices } from "../../steps/shared/startNotices";
import { readStackSettings } from "../shared/stackFile";

/** A rule that an operator wants. */
export interface WantedRule {
  readonly kind: HandKind;
  readonly address?: string;
  readonly allow?: readonly string[];
  readonly retryAfterSeconds?: number;
  readonly seconds: number;
  /** What browsers get while there is maintenance. */
  readonly page?: string;
}

const BEGUN: Readonly<Record<HandKind, EventKind>> = {
  maintenance: "maintenance on",
  pause: "paused",
  blocked: "blocked",
  throttled: "throttled",
};
const ENDED: Readonly<Record<HandKind, EventKind>> = {
  maintenance: "maintenance off",
  pause: "resumed",
  blocked: "unblocked",
  throttled: "unblocked",
};

/** Where rules by hand are, and what time it is there. */
interface Place {
  readonly settings: Settings;
  readonly directory: HostDirectory;
  /** Unix time by the clock that the edge goes by, in seconds. */
  readonly now: number;
}

/**
 * Has the edge of a stack obey a rule from now on. It is on record before it holds.
 *
 * @throws Error before anything is touched, where the edge cannot obey it or all clients would be meant.
 */
export function impose(stack: string, wanted: WantedRule): Promise<HandRule> {
  return atEdge(stack, async ({ settings, directory, now }) => {
    const { kind, address, allow, retryAfterSeconds, seconds, page } = wanted;
    await requireObedience(directory, kind);
    if (address !== undefined) refuseSharedAddress(address, settings);
    const { by, at } = changeOrigin(() => undefined);
    const reason = process.env["MAESTRO_REASON"];
    const until = new Date((now + seconds) * 1000).toISOString();
    const rule: HandRule = {
      ...{ kind, until, by, at },
      ...(address === undefined ? {} : { address }),
      ...(allow === undefined ? {} : { allow }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...(reason ? { reason } : {}),
    };
    await directory.records.byHand.write(rule);
    await directory.hand.place(rule, now, page);
    await noteEvent(directory.records, {
      ...{ kind: BEGUN[kind], ends: until },
      ...(address === undefined ? {} : { address }),
    });
    return rule;
  });
}

/** Ends the rules that fit, at once. @returns those that held. */
export function lift(
  stack: string,
  fits: (rule: HandRule) => boolean,
): Promise<readonly HandRule[]> {
  return atEdge(stack, async ({ directory, now }) => {
    const { hand, records } = directory;
    const lifted = (await records.byHand.list()).filter(fits);
    for (const rule of lifted) {
      await hand.lift(rule);
      await records.byHand.remove(rule);
      if (secondsLeft(rule, now) === null) continue;
      const { address } = rule;
      await noteEvent(records, {
        kind: ENDED[rule.kind],
        ...(address === undefined ? {} : { address }),
      });
    }
    return lifted.filter((rule) => secondsLeft(rule, now) !== null);
  });
}

async function atEdge<T>(stack: string, act: (place: Place) => Promise<T>): Promise<T> {
  const settings = readStackSettings(stack);
  const { host: address, directory: root, notices } = settings;
  const done = await withHost(address, async (host) => {
    const directory = new HostDirectory(host, root);
    const now = await readEdgeClock(host, listenUrl(settings.edge.listen));
    const result = await act({ settings, directory, now });
    await forgetOver(directory, now);
    return result;
  });
  if (notices) {
    const place = { prefix: stackPrefix(stack), directory: root };
    startNotices({ ...place, ...(address ? { host: address } : {}) }, { stack, channels: notices });
  }
  return done;
}

async function requireObedience({ edge }: HostDirectory, kind: HandKind): Promise<void> {
  const config = (await edge.readConfig()) ?? "";
  if (!config.includes(KNOWS_RULES_BY_HAND)) {
    throw new Error(
      "the edge's configuration is of an older version, which knows no rules by hand; run `pulumi up` first",
    );
  }
  if (kind === "pause" && !new RegExp(`^ *${HOLDING_DIRECTIVE} `, "m").test(config)) {
    throw new Error(
      "the edge's nginx cannot hold requests: it is built without ngx_http_auth_request_module; " +
        "name another image in maestro:edge.image, or use `maestro maintenance on`",
    );
  }
}

/** An address that many clients come by is none of a client. */
function refuseSharedAddress(address: string, { subnet, edge }: Settings): void {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  const isIn = (range: string) => {
    const [network = "", bits = ""] = range.split("/");
    const list = new BlockList();
    list.addSubnet(network, Number(bits), isIPv6(network) ? "ipv6" : "ipv4");
    return list.check(address, family);
  };
  if (isIn(subnet)) {
    throw new Error(
      `address: must be a client's, got "${address}" of the stack's own network, by which others come too; ` +
        "name the proxy before the edge in maestro:edge.trustedProxies, and the edge knows the clients behind it",
    );
  }
  if (edge.trustedProxies.some(isIn)) {
    throw new Error(
      `address: must be a client's, got "${address}" of maestro:edge.trustedProxies, by which all clients come`,
    );
  }
}
