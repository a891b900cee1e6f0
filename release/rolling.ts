import { otherColor, type Color, type Release, type ServiceRelease } from "./release";

/** A release whose services are being moved one after the other, as the stack's records have it. */
export interface RollRecord {
  readonly release: string;
  /** The set that the services go to. */
  readonly color: Color;
  /** When the first one was about to. ISO 8601, UTC. */
  readonly since: string;
}

/** A roll that has not come to its end, and how far it is. */
export interface Roll extends RollRecord {
  /** Services that users get from its set already. */
  readonly moved: readonly string[];
}

/**
 * Whether services are still on their way. From the last one's move until the record is gone all users get the set.
 *
 * @param active the set that all others are got from; null: none serves.
 */
export function isRolling<T extends RollRecord>(
  roll: T | null | undefined,
  active: Color | null,
): roll is T {
  return roll != null && active !== null && roll.color !== active;
}

/** Service names, each one after those it depends on. */
export function startOrder({ services }: Pick<Release, "services">): string[] {
  const ordered = new Set<string>();
  const visit = (service: string) => {
    if (ordered.has(service) || !services[service]) return;
    services[service].dependsOn.forEach(visit);
    ordered.add(service);
  };
  Object.keys(services).sort().forEach(visit);
  return [...ordered];
}

/** A release, as far as one service of it goes. */
export function onlyService<T extends Release>(release: T, service: string): T {
  return { ...release, services: { [service]: release.services[service]! } };
}

/** What the containers of two releases may use at once, in megabytes, by how the second one takes the first one's place. */
export interface PeakMemory {
  readonly now: number;
  readonly rolling: number;
  readonly blueGreen: number;
}

/** Reckoned from the containers' limits: what they may use at most. */
export function peakMemory(from: Release, to: Release): PeakMemory {
  const now = total(from);
  let used = now;
  let rolling = now;
  for (const service of startOrder(to)) {
    used += memoryOf(to.services[service]);
    rolling = Math.max(rolling, used);
    used -= memoryOf(from.services[service]);
  }
  return { now, rolling, blueGreen: now + total(to) };
}

function total({ services }: Release): number {
  return Object.values(services).reduce((sum, service) => sum + memoryOf(service), 0);
}

function memoryOf(service: ServiceRelease | undefined): number {
  return service ? service.replicas * service.resources.memoryMegabytes : 0;
}

/** What an operator is told of a roll before it begins. */
export function describePeak({ now, rolling, blueGreen }: PeakMemory): string {
  return (
    `rolling: one service after the other; containers may use ${rolling} MB at once, beside ${now} MB now and ` +
    `${blueGreen} MB with blue/green`
  );
}

/** How far a roll is, and what goes on with it. */
export function describeRoll({ release, color, moved }: Roll): string {
  const far = moved.length > 0 ? moved.join(", ") : "no service yet";
  return (
    `release ${release} is being rolled out to ${color}: moved are ${far}; all other services are got from ` +
    otherColor(color)
  );
}

/**
 * Why services cannot be moved one by one, a line each. A request finds its service by the routes of the set that still
 * serves the others, so a service must be where it was; one that is new is found once all have moved.
 */
export function findRollProblems(from: Release, to: Release): string[] {
  return Object.entries(to.services).flatMap(([service, { route }]) => {
    const before = from.services[service]?.route;
    if (!before || (before.path === route.path && before.host === route.host)) return [];
    return [
      `services.${service}.route: cannot change from ${placeOf(before)} to ${placeOf(route)} while services move one by ` +
        `one; release this with maestro:rollout.strategy: blueGreen, or set it back`,
    ];
  });
}

function placeOf({ host, path }: ServiceRelease["route"]): string {
  return `${host ?? ""}${path}`;
}

/** Why an update cannot ask for a release, or a restart, while services are on their way: both sets serve some. */
export function findThird(
  roll: Roll,
  serving: string | undefined,
  desired: string,
  isRestart: boolean,
): string[] {
  if (!isRestart && (desired === roll.release || desired === serving)) return [];
  return [
    `${describeRoll(roll)}, so no set is free ${isRestart ? "for a restart" : `for release ${desired}`}; update to ` +
      `release ${roll.release} to go on, or to ${serving} (\`maestro rollback\`) to go back, then do this again`,
  ];
}
