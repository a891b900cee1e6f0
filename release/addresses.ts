import { otherColor, type Color, type ReleaseRecord } from "./release";

/** Most replicas of one service in one set; a slot is this many addresses wide. */
export const MAX_REPLICAS = 16;

/** Most services in one set. */
export const MAX_SLOTS = 1000;

/** Where each set's slots begin inside the /16; below 16.0 are the gateway, the edge and addresses Docker hands out. */
const FIRST_SLOT_OFFSET: Readonly<Record<Color, number>> = { blue: 16 * 256, green: 96 * 256 };

/** An address inside a /16: `subnetAddress("10.213.0.0/16", 258)` is `10.213.1.2`. */
function subnetAddress(subnet: string, offset: number): string {
  const [first = "", second = ""] = subnet.split(".");
  return `${first}.${second}.${offset >> 8}.${offset & 255}`;
}

/** Address of the network's gateway, the Docker host itself. */
export function gatewayAddress(subnet: string): string {
  return subnetAddress(subnet, 1);
}

/** The edge's own fixed address; Docker keeps `.0.1` for the gateway. */
export function edgeAddress(subnet: string): string {
  return subnetAddress(subnet, 2);
}

/** Fixed address of the stack's own database server. */
export function databaseAddress(subnet: string): string {
  return subnetAddress(subnet, 3);
}

/** Range from which Docker serves containers without a fixed address (a migration, say), apart from all slots. */
export function dynamicRange(subnet: string): string {
  return `${subnetAddress(subnet, 256)}/24`;
}

/** Fixed address of one replica. It depends on the slot alone, so a replaced container needs no change at the edge. */
export function replicaAddress(
  subnet: string,
  color: Color,
  slot: number,
  replica: number,
): string {
  return subnetAddress(subnet, FIRST_SLOT_OFFSET[color] + slot * MAX_REPLICAS + replica);
}

/** Ranges that hold all addresses a set's replicas can have, and none of the other set's. */
export function setRanges(subnet: string, color: Color): string[] {
  const blocks = color === "blue" ? ["16/20", "32/19", "64/20"] : ["96/19", "128/19"];
  return blocks.map((block) => {
    const [third = "", bits = ""] = block.split("/");
    return `${subnetAddress(subnet, Number(third) * 256)}/${bits}`;
  });
}

/**
 * Gives each service a slot: the one it holds on the target set already, else the one it holds on the other set, else
 * the lowest free one. Services that stay keep their slot, so their containers stay too.
 */
export function assignSlots(
  services: readonly string[],
  held: Readonly<Record<Color, ReleaseRecord | null>>,
  target: Color,
): Record<string, number> {
  const preferences = [held[target]?.slots ?? {}, held[otherColor(target)]?.slots ?? {}];
  const slots: Record<string, number> = {};
  const taken = new Set<number>();
  for (const preference of preferences) {
    for (const service of services) {
      const slot = preference[service];
      if (slots[service] === undefined && slot !== undefined && !taken.has(slot)) {
        slots[service] = slot;
        taken.add(slot);
      }
    }
  }
  let next = 0;
  for (const service of services) {
    if (slots[service] === undefined) {
      while (taken.has(next)) next += 1;
      slots[service] = next;
      taken.add(next);
    }
  }
  return slots;
}
