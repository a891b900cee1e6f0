import { judgeLines, LINES } from "../../checks/logErrors";
import { judgeMemory } from "../../checks/memory";
import { judgeReadiness } from "../../checks/readiness";
import { inspectSet, type InspectedSet } from "../../host/inspectSet";
import type { ServiceHealthGate } from "../../rules/health/healthGate";
import type { DeepFinding } from "../../rules/health/deepStatus";
import { findCheck } from "../../rules/health/readinessChecks";
import { describeDifference } from "../../rules/host/containerDifferences";
import { levelOf } from "../../rules/logs/logLine";
import { plainText } from "../../rules/plainText";
import { containerName } from "../../rules/stepInput";
import type { HeldSet, Part, PartReply } from "../../targets/hands";
import type { Examined, PlannedLook } from "./examined";

const MEGABYTE = 1024 * 1024;
const SHOWN = 200;

/** A service of the set that is looked at. */
interface Service {
  readonly examined: Examined;
  readonly name: string;
  /** The set with this service alone: its parts are asked one by one. */
  readonly alone: HeldSet;
  readonly parts: readonly Part[];
  readonly gate: ServiceHealthGate;
}

/** What the gate looks at before a set takes traffic, and what `status` does, of each service. */
export async function serviceLooks(examined: Examined): Promise<PlannedLook[]> {
  const { hands, host, prefix, color, record } = examined;
  const subnet = (await hands.records.readEdge())?.subnet ?? null;
  const inspected = inspectSet(await host.engine(), { prefix, color, record, subnet });
  const way = examined.isActive ? "public" : "preview";
  const wrongs = hands.ask({ color, record }, way);
  // Whoever looks at them says it.
  for (const answer of [inspected, wrongs]) answer.catch(() => undefined);
  return examined.services.flatMap((name) => {
    const service = serviceOf(examined, name);
    const of = (check: string, look: () => Promise<DeepFinding>) => ({
      service: name,
      check,
      look,
    });
    const replies = askAll(service);
    replies.catch(() => undefined);
    return [
      of("containers", async () => judgeContainers(await inspected, service)),
      of("restarts", () => lookAtRestarts(service)),
      of("readiness", async () => judgeReplies(service, await replies)),
      ...(service.gate.checks ?? []).map((part) =>
        of(`readiness: ${part}`, async () => judgePart(part, await replies)),
      ),
      of("http", async () => judgeHttp(name, await wrongs)),
      of("memory", () => lookAtMemory(service)),
      of("log", () => lookAtLog(service)),
    ];
  });
}

function serviceOf(examined: Examined, name: string): Service {
  const { color, record, settings } = examined;
  const release = record.services[name]!;
  return {
    ...{ examined, name },
    alone: { color, record: { ...record, services: { [name]: release } } },
    parts: Array.from({ length: release.replicas }, (_, replica) => ({ service: name, replica })),
    gate: settings.healthGate?.services[name] ?? {},
  };
}

/** What is said of replicas, as one text; a single one needs no number. */
function join(
  of: readonly (readonly [part: Part, says: string])[],
  parts: readonly Part[],
): string {
  return of
    .map(([{ replica }, says]) => (parts.length > 1 ? `replica ${replica}: ${says}` : says))
    .join("; ");
}

function judgeContainers(
  { members, missing, differences }: InspectedSet,
  { examined: { prefix, color }, parts, name: service }: Service,
): DeepFinding {
  const own = members.filter((member) => member.service === service);
  const names = new Set(own.map(({ name }) => name));
  const wanted = parts.map(({ replica }) => containerName(prefix, color, service, replica));
  const gone = missing.filter((name) => wanted.includes(name));
  const stopped = own.filter(({ state }) => state !== "running");
  const other = differences.filter(({ container }) => names.has(container));
  const wrongs = [
    ...gone.map((name) => `${name} is missing`),
    ...stopped.map(({ name, state, exitCode }) => `${name} is ${state}, exit code ${exitCode}`),
    ...other.map(describeDifference),
  ];
  const says = `${own.length - stopped.length} of ${own.length + gone.length} run`;
  if (wrongs.length === 0) return { condition: "good", says };
  const mend =
    gone.length > 0
      ? "pulumi up --refresh"
      : stopped.length > 0
        ? `docker start ${stopped.map(({ name }) => name).join(" ")}`
        : "maestro drift";
  return { condition: "bad", says: `${says}: ${wrongs.join("; ")}`, mend };
}

/** What has come back by itself serves again: that is the readiness' matter. */
async function lookAtRestarts({ examined, name, alone, parts }: Service): Promise<DeepFinding> {
  const found = await examined.hands.findEndings(alone);
  if (found.length === 0) return { condition: "good", says: "none since they were made" };
  const says = join(
    found.map(({ part, says }) => [part, says] as const),
    parts,
  );
  const mend = `maestro logs --stack ${examined.stack} --service ${name}`;
  return { condition: "warning", says, mend };
}

type Replies = readonly (readonly [part: Part, reply: PartReply])[];

function askAll({ examined, alone, parts }: Service): Promise<Replies> {
  return Promise.all(
    parts.map(async (part) => [part, await examined.hands.askPart(alone, part)] as const),
  );
}

function judgeReplies({ name, alone, parts, gate }: Service, replies: Replies): DeepFinding {
  const { readyPath } = alone.record.services[name]!.health;
  // The parts that it names have rows of their own.
  const rest = { ...gate, checks: [] };
  const wrongs = replies.flatMap(([part, reply]) =>
    judgeReadiness(reply, rest).map((wrong) => [part, `${readyPath} ${wrong}`] as const),
  );
  if (wrongs.length > 0) return { condition: "bad", says: join(wrongs, parts) };
  const slowest = Math.max(...replies.map(([, { milliseconds }]) => milliseconds));
  const says = `${parts.length} of ${parts.length} ready, ${readyPath} in ${Math.round(slowest)} ms`;
  return { condition: "good", says };
}

/** The worst answer of the replicas; one that is not there says nothing of its parts. */
function judgePart(name: string, replies: Replies): DeepFinding {
  const said = replies.map(([part, { answer }]) => {
    if (typeof answer === "string") return [part, `no answer: ${answer}`, false] as const;
    const check = findCheck(parse(answer.body), name);
    return check
      ? ([part, `"${check.says}"`, check.isWell] as const)
      : ([part, `is not named, status ${answer.status}`, false] as const);
  });
  const wrongs = said.filter(([, , isWell]) => !isWell);
  const shown = wrongs.length > 0 ? wrongs : said.slice(0, 1);
  const says = join(
    shown.map(([part, text]) => [part, text] as const),
    wrongs.length > 0 ? replies.map(([part]) => part) : [],
  );
  return wrongs.length === 0
    ? { condition: "good", says }
    : { condition: "bad", says: `${says}, wanted it to be well` };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

function judgeHttp(service: string, wrongs: readonly string[]): DeepFinding {
  const own = wrongs.filter((wrong) => wrong.startsWith(`${service}: `));
  return own.length === 0
    ? { condition: "good", says: "answers through the edge" }
    : { condition: "bad", says: own.map((wrong) => wrong.slice(service.length + 2)).join("; ") };
}

async function lookAtMemory({ examined, alone, parts, gate }: Service): Promise<DeepFinding> {
  const uses = await examined.hands.measureMemory(alone);
  const wrongs = uses.flatMap((use) => {
    const says = judgeMemory(use, gate);
    return says === null ? [] : [[use.part, says] as const];
  });
  if (wrongs.length > 0) return { condition: "bad", says: join(wrongs, parts) };
  const said = uses.map(({ part, bytes, limitBytes }) => {
    const [used, limit] = [bytes, limitBytes].map((count) => Math.round(count / MEGABYTE));
    return [part, `${used} of ${limit} MB`] as const;
  });
  return { condition: "good", says: join(said, parts) };
}

/** Trouble of the past is no reason to take a set for unwell: it is shown, and counts as a warning. */
async function lookAtLog({ examined, name, alone, parts, gate }: Service): Promise<DeepFinding> {
  const found = await Promise.all(
    parts.map(async (part) => {
      const lines = await examined.hands.readLog(alone, part, LINES);
      return judgeLog(lines, gate.logErrors ?? []).map((says) => [part, says] as const);
    }),
  );
  const wrongs = found.flat();
  if (wrongs.length === 0) return { condition: "good", says: "no line of trouble" };
  const mend = `maestro logs --stack ${examined.stack} --service ${name} --level error`;
  return { condition: "warning", says: join(wrongs, parts), mend };
}

function judgeLog(lines: readonly string[], patterns: readonly string[]): string[] {
  const bad = lines.filter((line) => ["error", "critical"].includes(levelOf(line) ?? ""));
  const last = plainText(bad.at(-1) ?? "", SHOWN);
  return [
    ...judgeLines(lines, patterns),
    ...(bad.length > 0 ? [`has written ${bad.length} lines of errors, last: ${last}`] : []),
  ];
}
