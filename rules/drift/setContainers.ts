import { LIMITS } from "../host/containerDifferences";
import type { Difference } from "../host/difference";
import type { DriftFacts, SetContainerFacts, SetFacts } from "./facts";
import type { DriftFinding, DriftRule, Severity } from "./finding";
import { onHost, update, updateOf } from "./repairs";

/** How many differences, or files, a line names. */
const NAMED = 3;

/**
 * Containers of a set that are gone, stopped, or not what their release's record says: a limit, a variable, an image, a
 * file. Of the idle set they cost the way back, of the set that serves users notice.
 */
export const setContainers: DriftRule = {
  kinds: [
    "container-missing",
    "container-stopped",
    "container-unready",
    "limits-changed",
    "container-changed",
    "files-changed",
    "secret-differs",
  ],
  find(facts) {
    return facts.sets
      .filter(({ isActive, proven }) => isActive || proven)
      .flatMap((set) => set.containers.flatMap((each) => findOf(facts, set, each)));
  },
};

function findOf(facts: DriftFacts, set: SetFacts, container: SetContainerFacts): DriftFinding[] {
  const { name, found } = container;
  const serves = set.isActive !== (container.aside ?? false);
  const severity: Severity = serves ? "error" : "warning";
  const finding = (kind: string, says: string, repair: string, since: string | null = null) => ({
    ...{ id: `${kind}/${name}`, severity, where: name },
    ...{ says: serves ? says : `${says}; a rollback is not warm`, since, repair },
  });
  const again = madeAgain(facts, set, container);
  if (found === null) return [finding("container-missing", "is missing", again)];
  const remade = `${onHost(facts, `docker rm --force --volumes ${name}`)} && ${again}`;
  const { changedPaths, otherSecrets, createdAt, unready } = found;
  const stopped = stoppedOf(facts, set, container);
  const differences = set.differences.filter((difference) => difference.container === name);
  const isLimited = differences.every(isLimit);
  return [
    ...(stopped ? [finding("container-stopped", stopped.says, stopped.repair, found.endedAt)] : []),
    ...(differences.length === 0
      ? []
      : isLimited
        ? [finding("limits-changed", told(differences), limitCommand(facts, set, container))]
        : [finding("container-changed", told(differences), remade, createdAt)]),
    ...(changedPaths.length > 0
      ? [finding("files-changed", `has other files than its image: ${some(changedPaths)}`, remade)]
      : []),
    ...(otherSecrets.length > 0
      ? [secretDiffers(facts, set, container, otherSecrets, remade)].map(({ says, repair }) =>
          finding("secret-differs", says, repair),
        )
      : []),
    // The edge is what asks: one that does not answer is told by itself.
    ...(!stopped && unready !== null && serves && facts.edge?.trouble === null
      ? [
          finding(
            "container-unready",
            `is not ready: ${unready}`,
            onHost(facts, `docker restart ${name}`),
          ),
        ]
      : []),
  ];
}

/**
 * How a container that is not there comes back as its record says. A release that is to come takes the whole idle set
 * anyway. Docker's provider knows no limit of processes, and only a set's gate sets it otherwise.
 */
function madeAgain(facts: DriftFacts, set: SetFacts, container: SetContainerFacts): string {
  if (facts.isPending && !set.isActive) return update(facts, "--refresh");
  const { service, replica, name } = container;
  const { pids } = set.record.services[service]!.resources;
  const limit = onHost(facts, `docker update --pids-limit ${pids} ${name}`);
  return `${updateOf(facts, `${set.color}-${service}-${replica}`)} && ${limit}`;
}

/** A set that is kept stopped is meant to be. */
function stoppedOf(facts: DriftFacts, set: SetFacts, container: SetContainerFacts) {
  const { name, service, found, aside = false } = container;
  if (found === null || found.state === "running") return null;
  if (set.isActive === aside && facts.keepPrevious !== "warm") return null;
  const says = `is ${found.state} with exit code ${found.exitCode}`;
  if (found.state === "paused") return { says, repair: onHost(facts, `docker unpause ${name}`) };
  const hasSecrets = (set.record.services[service]?.secrets.length ?? 0) > 0;
  return {
    says,
    // A restart of the host has emptied the memory where their files lie: without them Docker cannot start it.
    repair: hasSecrets
      ? `maestro secrets deliver --stack ${facts.stack}`
      : onHost(facts, `docker start ${name}`),
  };
}

function isLimit({ what }: Difference): boolean {
  return (Object.values(LIMITS) as string[]).includes(what);
}

/** Limits change while a container runs. Memory and swap go together: neither may be less than the other meanwhile. */
function limitCommand(
  facts: DriftFacts,
  { record }: SetFacts,
  { name, service }: SetContainerFacts,
): string {
  const { memoryMegabytes, cpus, pids } = record.services[service]!.resources;
  const memory = `--memory ${memoryMegabytes}m --memory-swap ${memoryMegabytes}m`;
  return onHost(facts, `docker update ${memory} --cpus ${cpus} --pids-limit ${pids} ${name}`);
}

function secretDiffers(
  facts: DriftFacts,
  { record }: SetFacts,
  { service }: SetContainerFacts,
  names: readonly string[],
  remade: string,
) {
  const version = record.services[service]?.secretVersion;
  return {
    says: `${names.join(", ")}: what was delivered is not what version ${version} of its secrets has (values hidden)`,
    repair: `maestro secrets deliver --stack ${facts.stack} && ${remade}`,
  };
}

function told(differences: readonly Difference[]): string {
  return some(
    differences.map(({ what, wanted, got }) => `${what}: wanted ${wanted}, got ${got}`),
    "; ",
  );
}

function some(texts: readonly string[], between = ", "): string {
  const rest = texts.length - NAMED;
  const named = texts.slice(0, NAMED).join(between);
  return rest > 0 ? `${named} and ${rest} more` : named;
}
