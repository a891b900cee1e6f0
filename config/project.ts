import { existsSync } from "node:fs";
import path from "node:path";
import { isPlainObject } from "./plainObject";
import { readYaml } from "./yamlFile";

/** Namespace of the stacks' configuration keys, `maestro:edge`; the same whatever the project is called. */
export const NAMESPACE = "maestro";

const PROJECT_FILE = "Pulumi.yaml";

/** Pulumi.yaml, as far as it says where things are. */
interface ProjectFile {
  readonly name?: unknown;
  readonly stackConfigDir?: unknown;
  readonly config?: unknown;
}

/** What only the package has: tells its directory from one that merely has a package.json. */
const PACKAGE_FILE = path.join("bin", "load.js");

/** Directory of the program's own code: `bin/`, `toolchain/`, `examples/`, sources. In an instance it is only read. */
export function packageRoot(): string {
  const directory = findAbove(__dirname, PACKAGE_FILE);
  if (directory !== undefined) return directory;
  throw new Error(`${PACKAGE_FILE}: not found above ${__dirname}; install the package again`);
}

/**
 * Directory of the instance, which is the project that releases: its Pulumi.yaml, stack files, services.yaml, state and
 * cache. It is the nearest directory with Pulumi.yaml from the working directory upwards; Pulumi runs the program there.
 * Above all projects it is this package, where that is a project itself.
 */
export function instanceRoot(): string {
  const directory = findAbove(process.cwd(), PROJECT_FILE);
  if (directory !== undefined) return directory;
  const own = packageRoot();
  if (existsSync(path.join(own, PROJECT_FILE))) return own;
  throw new Error(
    `${PROJECT_FILE}: not found in ${process.cwd()} or above it; change to the project's directory, or make a project with \`maestro init\``,
  );
}

/** The nearest directory from `start` upwards that holds `file`; undefined: none does. */
export function findAbove(start: string, file: string): string | undefined {
  for (let directory = start; ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, file))) return directory;
    if (directory === path.dirname(directory)) return undefined;
  }
}

/** The project's name as Pulumi has it; part of every name on the host, in the state and in the store of secrets. */
export function projectName(): string {
  const { name } = readProject();
  if (typeof name === "string" && name !== "") return name;
  throw new Error(
    `${path.join(instanceRoot(), PROJECT_FILE)}: name: must be text, got ${JSON.stringify(name) ?? "nothing"}; give the project a name`,
  );
}

/** What all names of a stack on the Docker host start with: `maestro-development`. */
export function stackPrefix(stack: string, project: string = projectName()): string {
  return `${project}-${stack}`;
}

/** A stack's configuration file: `Pulumi.<stack>.yaml`, in the directory that Pulumi.yaml names for them. */
export function stackFilePath(stack: string, root: string = instanceRoot()): string {
  const { stackConfigDir } = readProject(root);
  const directory = typeof stackConfigDir === "string" ? stackConfigDir : "";
  return path.join(root, directory, `Pulumi.${stack}.yaml`);
}

/** What Pulumi.yaml's own `config` says for every stack that does not say otherwise: full key -> value. */
export function readProjectConfig(): Record<string, unknown> {
  const { config } = readProject();
  if (!isPlainObject(config)) return {};
  const valueOf = (entry: unknown) =>
    isPlainObject(entry) ? (entry["value"] ?? entry["default"]) : entry;
  const entries = Object.entries(config).map(([key, entry]) => [key, valueOf(entry)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The settings among full keys, without their namespace. */
export function settingsOf(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(`${NAMESPACE}:`))
      .map(([key, value]) => [key.slice(NAMESPACE.length + 1), value]),
  );
}

/** `pulumi config set edge.listen …` gives a key the project's namespace, where nothing reads it: an issue a key. */
export function findForeignKeys(keys: readonly string[], project: string): string[] {
  if (project === NAMESPACE) return [];
  return keys
    .filter((key) => key.startsWith(`${project}:`))
    .map((key) => {
      const setting = `${NAMESPACE}:${key.slice(project.length + 1)}`;
      return `${key}: is not read, settings have the namespace ${NAMESPACE} in every project; name it ${setting}`;
    });
}

function readProject(root: string = instanceRoot()): ProjectFile {
  return (readYaml(path.join(root, PROJECT_FILE)).toJS() ?? {}) as ProjectFile;
}
