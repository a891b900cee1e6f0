import { edgeContainerName } from "../rules/edge/edgeLayout";
import type { Color } from "../release/release";
import { isRolling, type Roll } from "../release/rolling";
import { PlanError, type ObservedState } from "../release/rolloutPlan";
import { failureOf } from "./ask";
import { type Host } from "./host";
import { HostError } from "../rules/host/asking";
import { HostDirectory } from "./hostDirectory";

/** Where to look. */
export interface ObserveOptions {
  readonly directory: string;
  /** `http://127.0.0.1:8080`, the edge's public listener as the deployer reaches it. */
  readonly edgeUrl: string;
  /** The stack's prefix: `maestro-development`. */
  readonly prefix: string;
}

/**
 * What serves right now: the edge's own answer, with the records beside it; null on a host that has none.
 *
 * @throws PlanError when an edge exists but does not say which set it serves: planning on a guess could replace
 *   containers that serve.
 */
export async function observeHost(
  host: Host,
  options: ObserveOptions,
): Promise<ObservedState | null> {
  const directory = new HostDirectory(host, options.directory);
  const asked = await askEdge(host, options, (await directory.records.readEdge())?.urls ?? []);
  if (!(await directory.records.exists())) {
    if (asked === "absent") return null;
    throw new PlanError(
      `an edge answers at ${options.edgeUrl}, but ${options.directory} holds no records of it; ` +
        `set maestro:directory to the directory it was made with, or stop what listens there`,
    );
  }
  const marked = await directory.edge.readActiveColor();
  if (asked !== "absent" && asked !== marked) {
    throw new PlanError(
      `the edge at ${options.edgeUrl} serves ${asked ?? "nothing"}, but ${options.directory} says ${marked ?? "nothing"}; ` +
        `is another stack's edge listening there? Set maestro:edge.listen or maestro:directory`,
    );
  }
  const { records } = directory;
  const [last, canary, roll, blue, green] = await Promise.all([
    records.readSwitch(),
    records.readCanary(),
    readRoll(directory),
    records.readPlacement("blue"),
    records.readPlacement("green"),
  ]);
  return {
    activeColor: marked,
    switchNumber: last?.number ?? 0,
    placements: { blue, green },
    ...(canary && { canary }),
    ...(roll && { roll }),
    ...(last?.settled === false && { unsettled: true as const }),
  };
}

/** A release whose services are moved one by one, and which have moved; null: none. */
export async function readRoll({ records, edge }: HostDirectory): Promise<Roll | null> {
  const record = await records.roll.read();
  if (!isRolling(record, await edge.readActiveColor())) return null;
  return { ...record, moved: await edge.readMoved() };
}

/**
 * The set the edge serves, null when none was switched to yet, "absent" when there is no edge. One whose address is
 * about to change still answers at the recorded one.
 */
async function askEdge(
  host: Host,
  options: ObserveOptions,
  recorded: readonly string[],
): Promise<Color | null | "absent"> {
  let failure = "ECONNREFUSED";
  let url = `${options.edgeUrl}/edge/release`;
  for (const edgeUrl of new Set([options.edgeUrl, ...recorded])) {
    const result = await askAt(host, `${edgeUrl}/edge/release`);
    if ("set" in result) return result.set;
    if (result.failure !== "ECONNREFUSED") {
      failure = result.failure;
      url = `${edgeUrl}/edge/release`;
    }
  }
  const name = edgeContainerName(options.prefix);
  const state = await edgeState(host, name);
  if (state === null && failure === "ECONNREFUSED") return "absent";
  throw new PlanError(
    state === null
      ? `something that is not this stack's edge answers at ${options.edgeUrl} (${failure}); ` +
          `stop it, or set maestro:edge.listen to a free port`
      : `the edge cannot be asked which set it serves: ${url} gave ${failure}, container ${name} is ${state}; ` +
          `see \`docker logs ${name}\`, then \`docker restart ${name}\` and run the update again`,
  );
}

async function askAt(
  host: Host,
  url: string,
): Promise<{ set: Color | null } | { failure: string }> {
  try {
    const answer = await host.ask(url);
    if (answer.status === 200) return { set: (JSON.parse(answer.body) as { set: Color }).set };
    if (answer.status === 404 && answer.headers["x-maestro-set"] === "none") return { set: null };
    return { failure: `status ${answer.status}` };
  } catch (error) {
    if (error instanceof HostError) throw error;
    return { failure: failureOf(error) };
  }
}

async function edgeState(host: Host, name: string): Promise<string | null> {
  // Loaded only here: an edge that answers needs no Docker client, and loading one costs every update its time.
  const { containerState } = await import("./engine");
  try {
    return await containerState(await host.engine(), name);
  } catch (error) {
    if (error instanceof HostError) throw error;
    throw new PlanError(
      `the Docker Engine cannot be asked about ${name}: ${failureOf(error)}; start it, or set DOCKER_HOST`,
    );
  }
}
