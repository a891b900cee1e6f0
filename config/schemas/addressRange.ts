import { isIP } from "node:net";
import * as z from "zod/mini";

/** Larger ranges than these hold clients, not balancers: 10.0.0.0/8 and fc00::/7 are the largest private ones. */
const SHORTEST_PREFIX = { 4: 8, 6: 7 } as const;

/** A CIDR of addresses whose word counts. */
export function addressRange() {
  return z.string({ error: FORM }).check(({ value, issues }) => {
    const message = findProblem(value);
    if (message !== undefined) issues.push({ code: "custom", message, input: value });
  });
}

const FORM = "must be an address range; for example 10.0.0.0/16 or fd00:1::/64";

function findProblem(value: string): string | undefined {
  const [address = "", length, ...rest] = value.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || /[%A-F]/.test(address)) return FORM;
  const bits = family === 4 ? 32 : 128;
  if (length === undefined) return `must say how many bits count; for one address ${value}/${bits}`;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length) || Number(length) > bits) return FORM;
  const shortest = SHORTEST_PREFIX[family as 4 | 6];
  if (Number(length) < shortest) {
    return `has more addresses than balancers have, so that clients' own word would count; name ranges of /${shortest} or smaller`;
  }
  if (!isFirst(address, Number(length), family)) {
    return `has bits behind its first ${length}; end the address with zeros there`;
  }
  return undefined;
}

/** Whether all bits of an address behind the first `length` are zero. */
function isFirst(address: string, length: number, family: number): boolean {
  const bytes = family === 4 ? address.split(".").map(Number) : ipv6Bytes(address);
  return bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, length - 8 * index));
    return (byte & (0xff >> kept)) === 0;
  });
}

function ipv6Bytes(address: string): number[] {
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const first = groups(head);
  const last = groups(tail ?? "");
  const zeros = Array<string>(8 - first.length - last.length).fill("0");
  return [...first, ...zeros, ...last].flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
