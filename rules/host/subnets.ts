/** Private /16 networks in the order in which they are proposed: few networks of an office or a cloud are there. */
const CANDIDATES = [
  ...Array.from({ length: 43 }, (_, index) => `10.${213 + index}.0.0/16`),
  ...Array.from({ length: 16 }, (_, index) => `172.${16 + index}.0.0/16`),
];

/** Whether two IPv4 ranges, `10.213.0.0/16`, share an address; false where one is no such range. */
export function subnetsOverlap(a: string, b: string): boolean {
  const [first, second] = [parse(a), parse(b)];
  return first !== null && second !== null && first.from <= second.to && second.from <= first.to;
}

/** A private /16 that overlaps none of those in use; null: all that are proposed do. */
export function freeSubnet(used: readonly string[]): string | null {
  return CANDIDATES.find((subnet) => !used.some((other) => subnetsOverlap(subnet, other))) ?? null;
}

function parse(range: string): { from: number; to: number } | null {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(range);
  if (!match) return null;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const from = address - (address % size);
  return { from, to: from + size - 1 };
}
