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
 * the lowest free one. Services that stay keep their slot, so their containers stay too. Those that leave the target set are
 * still there when the new ones start, so their slots are taken as long as there are others.
 */
export function assignSlots(
  services: readonly string[],
  held: Readonly<Record<Color, ReleaseRecord | null>>,
  target: Color,
): Record<string, number> {
  const own = held[target]?.slots ?? {};
  const leaving = new Set(
    Object.entries(own).flatMap(([name, slot]) => (services.includes(name) ? [] : [slot])),
  );
  const slots: Record<string, number> = {};
  const taken = new Set<number>();
  for (const preference of [own, held[otherColor(target)]?.slots ?? {}]) {
    for (const service of services) {
      const slot = preference[service];
      if (slot === undefined || slots[service] !== undefined) continue;
      if (taken.has(slot) || leaving.has(slot)) continue;
      slots[service] = slot;
      taken.add(slot);
    }
  }
  const free = freeSlots(taken, leaving);
  for (const service of services) slots[service] ??= free.next().value!;
  return slots;
}

/** Slots that no service has, lowest first; those that services are about to leave come last. */
function* freeSlots(
  taken: ReadonlySet<number>,
  leaving: ReadonlySet<number>,
): Generator<number, undefined> {
  for (const isLeft of [false, true]) {
    for (let slot = 0; slot < MAX_SLOTS; slot += 1) {
      if (!taken.has(slot) && leaving.has(slot) === isLeft) yield slot;
    }
  }
}
