import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { checkSchema, formatPath } from "../../config/checkSchema";
import { deepMerge } from "../../config/mergeServices";
import { isPlainObject } from "../../config/plainObject";
import { serviceSchema } from "../../config/schemas/service";
import { FIELDS, readImage, type ComposeContext } from "./composeFields";
import { listOf, textOf } from "./composeValues";
import { readDockerfile } from "./dockerfile";
import { settingsOf } from "./findServices";
import { serviceName, type FoundService } from "./foundService";

/** As Compose looks for its file. */
const FILES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/** Servers that keep data, or speak something else than HTTP. */
const STATEFUL =
  /(?:^|\/)(?:postgres|postgis|mysql|mariadb|mongo|redis|valkey|rabbitmq|memcached|elasticsearch|opensearch|kafka|zookeeper|etcd|minio|clickhouse|cassandra)\b/;

/** What a Compose file gives. */
export interface ComposeServices {
  readonly file: string;
  readonly services: readonly FoundService[];
  /** Of services that are left out, one line each. */
  readonly notes: readonly string[];
}

/**
 * Reads the services of the Compose file in a directory; undefined: there is none.
 *
 * @param instance directory of services.yaml, which contexts are relative to.
 * @throws Error where the file is no Compose file.
 */
export function findByCompose(source: string, instance: string): ComposeServices | undefined {
  const file = FILES.map((name) => path.join(source, name)).find((each) => existsSync(each));
  if (file === undefined) return undefined;
  const entries = readEntries(file);
  const context = { source, instance, names: entries.map(([name]) => name) };
  const stateful = entries.filter(([, entry]) => keepsData(entry));
  const rest = entries.filter((each) => !stateful.includes(each));
  requireDistinct(
    file,
    rest.map(([name]) => name),
  );
  const carried = new Set(rest.map(([name]) => serviceName(name)));
  return {
    file,
    services: rest.map(([name, entry]) => readService(name, entry, context, carried)),
    notes: stateful.map(
      ([name]) =>
        `${name}: is left out, a release's containers keep no data and speak HTTP; name a server of its own, or ` +
        `maestro:postgres`,
    ),
  };
}

function readEntries(file: string): [string, Record<string, unknown>][] {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"), { merge: true });
  } catch (error) {
    throw new Error(`${file}: is no YAML: ${(error as Error).message}`);
  }
  const services = isPlainObject(content) ? content["services"] : undefined;
  if (!isPlainObject(services)) {
    throw new Error(
      `${file}: services: must map names to services; mend it, or name another --source`,
    );
  }
  return Object.entries(services).map(([name, entry]) => [name, isPlainObject(entry) ? entry : {}]);
}

/** Two spellings of one name would become one service. */
function requireDistinct(file: string, names: readonly string[]): void {
  const here = names.map(serviceName);
  const problems = here.flatMap((name, index) => {
    const first = here.indexOf(name);
    return first === index
      ? []
      : [`${file}: services: ${names[first]} and ${names[index]} are both ${name}; rename one`];
  });
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function keepsData({ image, build, volumes }: Readonly<Record<string, unknown>>): boolean {
  if (build !== undefined || typeof image !== "string") return false;
  return listOf(volumes).some(isNamedVolume) || STATEFUL.test(image);
}

/** A volume with a name is there to outlive its container; a directory of the host is mostly configuration. */
function isNamedVolume(volume: unknown): boolean {
  if (isPlainObject(volume)) return volume["type"] === "volume" && volume["source"] !== undefined;
  return /^[A-Za-z0-9][\w.-]*:\//.test(textOf(volume));
}

function readService(
  given: string,
  entry: Readonly<Record<string, unknown>>,
  context: ComposeContext,
  carried: ReadonlySet<string>,
): FoundService {
  const name = serviceName(given);
  const notes = name === given ? [] : [`is called ${name} here`];
  const left: string[] = [];
  let settings: Record<string, unknown> = {};
  const take = (part: ReturnType<typeof readImage>) => {
    settings = deepMerge(settings, part.settings ?? {}) as Record<string, unknown>;
    notes.push(...(part.notes ?? []));
    left.push(...(part.left ?? []));
  };
  if (entry["build"] === undefined) take(readImage(entry["image"]));
  for (const [key, value] of Object.entries(entry)) {
    const field = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (field === undefined) left.push(key);
    // `ports` comes before `expose`, and says more.
    else if (!(key === "expose" && entry["ports"] !== undefined)) {
      const part = field(value, context, key);
      take({ ...part, settings: joinSecrets(settings, part.settings ?? {}) });
    }
  }
  settings = { ...readOwnDockerfile(settings, context.instance), ...settings };
  const sound = dropUnsound(settings, carried, notes);
  if (sound["health"] === undefined) {
    notes.push("has no health check over HTTP; GET /health and GET /ready must answer 2xx");
  }
  if (left.length > 0) notes.push(`not carried over: ${left.join(", ")}`);
  return { name, settings: sound, notes: notes.map((note) => `${name}: ${note}`) };
}

/** Lists replace each other where settings are merged, but a service's secrets come from two keys. */
function joinSecrets(
  before: Readonly<Record<string, unknown>>,
  part: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return part["secrets"] === undefined
    ? part
    : { ...part, secrets: [...listOf(before["secrets"]), ...listOf(part["secrets"])] };
}

/** What the Dockerfile says and the Compose file does not. */
function readOwnDockerfile(
  { build }: Readonly<Record<string, unknown>>,
  instance: string,
): Record<string, unknown> {
  if (!isPlainObject(build)) return {};
  const { context = ".", dockerfile = "Dockerfile" } = build as Record<string, string>;
  const file = path.resolve(instance, context, dockerfile);
  return existsSync(file) ? settingsOf(readDockerfile(readFileSync(file, "utf8"))) : {};
}

/** Leaves out what services.yaml would refuse, and says why. */
function dropUnsound(
  settings: Readonly<Record<string, unknown>>,
  carried: ReadonlySet<string>,
  notes: string[],
): Record<string, unknown> {
  const known = listOf(settings["dependsOn"]).filter((name) => carried.has(String(name)));
  const { dependsOn, ...rest } = settings;
  const all = dependsOn === undefined || known.length === 0 ? rest : { ...rest, dependsOn: known };
  return Object.fromEntries(
    Object.entries(all).filter(([key, value]) => {
      const { issues } = checkSchema(serviceSchema, { [key]: value }, formatPath);
      notes.push(...issues.map((issue) => `left out, ${issue}`));
      return issues.length === 0;
    }),
  );
}
