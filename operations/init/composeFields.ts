import path from "node:path";
import { isCredentialVariable } from "../../config/credentials";
import { isPlainObject } from "../../config/plainObject";
import { pathInCheck } from "./dockerfile";
import { serviceName } from "./foundService";
import {
  containerPort,
  expand,
  listOf,
  megabytesOf,
  readPairs,
  repositoryOf,
  secondsOf,
  splitCommand,
  textOf,
} from "./composeValues";

/** Where a service of a Compose file stands. */
export interface ComposeContext {
  /** Directory of the Compose file. */
  readonly source: string;
  /** Directory of services.yaml. */
  readonly instance: string;
  /** Names of all services in the file. */
  readonly names: readonly string[];
}

/** What became of one key. */
interface Carried {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What a person should know, without the service's name. */
  readonly notes?: readonly string[];
  /** Parts that have no counterpart. */
  readonly left?: readonly string[];
}

type Field = (value: unknown, context: ComposeContext, key: string) => Carried;

/** A service stops for as long as requests are drained; `maestro:rollout` has this by default. */
const DRAIN_SECONDS = 10;

/** What maestro does by itself, or names itself. */
const SETTLED: Field = () => ({});

/** Key of a Compose service -> what it becomes; a key that is not here is left out, and said so. */
export const FIELDS: Readonly<Record<string, Field>> = {
  build: readBuild,
  image: SETTLED,
  command: readCommand,
  environment: readEnvironment,
  ports: readPort,
  expose: readPort,
  healthcheck: readHealthCheck,
  depends_on: readDependencies,
  user: (value) => whole({ user: textOf(value) }),
  scale: (value) => whole({ replicas: Number(value) }),
  deploy: readDeploy,
  mem_limit: (value, _, key) => readMemory(value, key),
  cpus: (value) => whole({ resources: { cpus: textOf(value) } }),
  pids_limit: (value) => whole({ resources: { pids: Number(value) } }),
  stop_grace_period: readGrace,
  tmpfs: (value) => {
    const paths = listOf(value).map((each) => textOf(each).split(":")[0]);
    return whole({ scratchPaths: [...new Set(["/tmp", ...paths])] });
  },
  secrets: readSecrets,
  cap_drop: SETTLED,
  container_name: SETTLED,
  read_only: SETTLED,
  restart: SETTLED,
};

/** An image that is built elsewhere. */
export function readImage(image: unknown): Carried {
  const text = expand(textOf(image));
  if (text === undefined || text === "") return { left: ["image"] };
  return {
    settings: { repository: repositoryOf(text) },
    notes: [`is built elsewhere; write the digest of ${text} into maestro:release by hand`],
  };
}

const whole = (settings: Readonly<Record<string, unknown>>): Carried => ({ settings });

function readBuild(value: unknown, { source, instance }: ComposeContext): Carried {
  const build = isPlainObject(value) ? value : { context: value };
  const { context = ".", dockerfile, args, target, ...others } = build;
  const place = expand(textOf(context));
  if (place === undefined || /^[\w+]+:\/\/|^git@/.test(place)) return { left: ["build"] };
  const pairs = readPairs(args).map(([name, each]) => [name, expand(each ?? "$unknown")] as const);
  const known = pairs.filter(([, each]) => each !== undefined);
  const unknown = pairs.filter(([, each]) => each === undefined);
  const left = [...unknown.map(([name]) => `build.args.${name}`)].concat(
    Object.keys(others).map((key) => `build.${key}`),
  );
  return {
    settings: {
      build: {
        context: path.relative(instance, path.resolve(source, place)) || ".",
        ...(dockerfile === undefined ? {} : { dockerfile }),
        ...(known.length === 0 ? {} : { args: Object.fromEntries(known) as object }),
        ...(target === undefined ? {} : { target }),
      },
    },
    left,
  };
}

function readCommand(value: unknown): Carried {
  if (value === null) return {};
  const words = Array.isArray(value) ? value.map(textOf) : splitCommand(textOf(value));
  const command = words?.map(expand);
  return command === undefined || command.length === 0 || command.includes(undefined)
    ? { left: ["command"] }
    : whole({ command });
}

function readEnvironment(value: unknown, { names }: ComposeContext): Carried {
  const env: Record<string, string> = {};
  const secrets: { name: string; environment: true }[] = [];
  const left: string[] = [];
  const notes: string[] = [];
  for (const [name, given] of readPairs(value)) {
    const text = given === null ? undefined : expand(given);
    if (text === undefined) left.push(`environment.${name}`);
    else if (isCredentialVariable(name, text)) secrets.push({ name, environment: true });
    else {
      env[name] = text;
      const other = names.find((each) => hostsIn(text).includes(each));
      if (other !== undefined) {
        notes.push(
          `env.${name}: names the host "${other}", which no container knows here; name an address that it reaches`,
        );
      }
    }
  }
  if (secrets.length > 0) {
    const shown = secrets.map(({ name }) => name).join(", ");
    notes.push(`secrets: ${shown}: give each its value, see \`maestro secrets set --help\``);
  }
  return {
    settings: {
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...(secrets.length === 0 ? {} : { secrets }),
    },
    left,
    notes,
  };
}

/** What may be a host in a value: the whole of it, or what an address names. */
function hostsIn(text: string): string[] {
  const inAddress = [...text.matchAll(/(?:\/\/|@)([\w-]+)(?=[:/]|$)/g)].map(([, host]) => host!);
  return [text.replace(/:\d+$/, ""), ...inAddress];
}

function readPort(value: unknown, _: ComposeContext, key: string): Carried {
  const [first, ...others] = listOf(value);
  if (first === undefined) return {};
  const port = containerPort(first);
  if (port === undefined) return { left: [key] };
  const more = others.map(containerPort).filter((each) => each !== port);
  return {
    settings: { port },
    ...(more.length === 0 ? {} : { left: [`more than one of ${key}`] }),
  };
}

function readHealthCheck(value: unknown): Carried {
  const { test, ...others } = isPlainObject(value) ? value : {};
  const found = pathInCheck(listOf(test).map(textOf).join(" "));
  const left = Object.keys(others).map((key) => `healthcheck.${key}`);
  return found === undefined
    ? { left: ["healthcheck"] }
    : { settings: { health: { livePath: found, readyPath: found } }, left };
}

function readDependencies(value: unknown): Carried {
  const names = isPlainObject(value) ? Object.keys(value) : listOf(value).map(textOf);
  return names.length === 0 ? {} : whole({ dependsOn: names.map(serviceName) });
}

function readDeploy(value: unknown): Carried {
  const { replicas, resources, ...others } = isPlainObject(value) ? value : {};
  const { limits, ...rest } = isPlainObject(resources) ? resources : {};
  const { cpus, memory, ...more } = isPlainObject(limits) ? limits : {};
  const bound = memory === undefined ? {} : readMemory(memory, "deploy.resources.limits.memory");
  const share = cpus === undefined ? {} : { cpus: textOf(cpus) };
  const sizes = { ...(bound.settings?.["resources"] as object | undefined), ...share };
  return {
    settings: {
      ...(replicas === undefined ? {} : { replicas }),
      ...(Object.keys(sizes).length === 0 ? {} : { resources: sizes }),
    },
    left: [
      ...(bound.left ?? []),
      ...Object.keys(others).map((key) => `deploy.${key}`),
      ...Object.keys(rest).map((key) => `deploy.resources.${key}`),
      ...Object.keys(more).map((key) => `deploy.resources.limits.${key}`),
    ],
  };
}

function readMemory(value: unknown, key: string): Carried {
  const memoryMegabytes = megabytesOf(value);
  return memoryMegabytes === undefined
    ? { left: [key] }
    : whole({ resources: { memoryMegabytes } });
}

function readGrace(value: unknown): Carried {
  const stopGraceSeconds = secondsOf(value);
  return stopGraceSeconds === undefined || stopGraceSeconds < DRAIN_SECONDS
    ? { left: ["stop_grace_period"] }
    : whole({ stopGraceSeconds });
}

function readSecrets(value: unknown): Carried {
  const uses = listOf(value);
  const names = uses.filter((each) => typeof each === "string");
  return {
    ...(names.length === 0 ? {} : { settings: { secrets: names } }),
    ...(names.length === uses.length ? {} : { left: ["secrets with a source of their own"] }),
  };
}
