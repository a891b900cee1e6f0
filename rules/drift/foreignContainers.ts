import { postgresContainerName } from "../database/postgresLayout";
import { edgeContainerName } from "../edge/edgeLayout";
import { LABELS } from "../host/containerLabels";
import type { DriftFacts, ListedContainer } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { onHost, quote } from "./repairs";

/** Containers of others in the stack's network or on its ports, and its own that no set and no state wants any more. */
export const foreignContainers: DriftRule = {
  kinds: ["foreign-port", "foreign-container", "leftover-container"],
  find(facts) {
    const own = ownNames(facts);
    return facts.containers
      .filter(({ name }) => !own.has(name))
      .flatMap((container) => [
        ...onPorts(facts, container),
        ...(isLeft(facts, container) ? [leftover(facts, container)] : inNetwork(facts, container)),
      ]);
  },
};

function ownNames({ prefix, sets, stateful }: DriftFacts): ReadonlySet<string> {
  return new Set([
    edgeContainerName(prefix),
    postgresContainerName(prefix),
    ...stateful.flatMap(({ container }) => [container, `${container}-before`]),
    ...sets.flatMap(({ containers }) => containers.map(({ name }) => name)),
    // Of a set that was not proven, all: the set is told as a whole.
    ...sets.filter(({ proven }) => !proven).flatMap(({ there }) => there),
  ]);
}

/** By name too: an image that was committed from one of the stack's containers gives others its label. */
function isLeft({ prefix }: DriftFacts, { name, labels }: ListedContainer): boolean {
  return labels[LABELS.stack] === prefix && name.startsWith(`${prefix}-`);
}

function leftover(facts: DriftFacts, { name, state, createdAt }: ListedContainer): DriftFinding {
  return {
    ...({ id: `leftover-container/${name}`, severity: "warning", where: name } as const),
    says: `is the stack's, ${state}, and no set wants it: a step or a migration that failed has left it`,
    ...{ since: createdAt, repair: onHost(facts, `docker rm --force --volumes ${name}`) },
  };
}

function inNetwork(facts: DriftFacts, container: ListedContainer): DriftFinding[] {
  const { prefix } = facts;
  const { name, networks } = container;
  if (!networks.includes(prefix)) return [];
  return [
    {
      ...({ id: `foreign-container/${name}`, severity: "error", where: name } as const),
      says: `is in the stack's network ${prefix}, and not the stack's: it reaches services past the edge`,
      since: null,
      repair: onHost(facts, `docker network disconnect --force ${prefix} ${quote(name)}`),
    },
  ];
}

function onPorts(facts: DriftFacts, { name, state, ports, createdAt }: ListedContainer) {
  if (state !== "running") return [];
  const taken = ports.find(({ address, port }) =>
    facts.ports.some((own) => own.port === port && overlap(own.address, address)),
  );
  if (!taken) return [];
  const finding: DriftFinding = {
    ...{ id: `foreign-port/${name}`, severity: "error", where: name },
    says: `listens on ${taken.address}:${taken.port}, which is the edge's`,
    ...{ since: createdAt, repair: onHost(facts, `docker stop ${quote(name)}`) },
  };
  return [finding];
}

const ALL_ADDRESSES = ["0.0.0.0", "::"];

function overlap(one: string, other: string): boolean {
  return one === other || ALL_ADDRESSES.includes(one) || ALL_ADDRESSES.includes(other);
}
