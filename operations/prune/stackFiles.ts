import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isPlainObject } from "../../config/plainObject";
import { settingsOf, stackFilePath, stackPrefix } from "../../config/project";
import { defaultDirectory, stackKind } from "../../config/stackKind";
import { readYaml } from "../../config/yamlFile";

/** What a stack's file says, complete or not. */
export interface StackFile {
  /** `shop-demo`. */
  readonly name: string;
  /** Every digest that stands anywhere in it: of its release, and of what it pins beside that. */
  readonly digests: readonly string[];
  /** Where its records are on its host. */
  readonly directory: string;
  /** `maestro:host`; null: the project's own machine. */
  readonly host: string | null;
}

const STACK_FILE = /^Pulumi\.(?!.*\.secrets\.)(.+)\.ya?ml$/;
const DIGEST = /sha256:[0-9a-f]{64}/g;

/** The files of all stacks of the project in a directory; none where there is no project. */
export function readStackFiles(project: string, root: string): StackFile[] {
  if (!existsSync(path.join(root, "Pulumi.yaml"))) return [];
  const directory = path.dirname(stackFilePath("any", root));
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((file) => {
    const stack = STACK_FILE.exec(file)?.[1];
    return stack === undefined
      ? []
      : [readStackFile(path.join(directory, file), project, stack, root)];
  });
}

function readStackFile(file: string, project: string, stack: string, root: string): StackFile {
  const content = readYaml(file).toJS() as { config?: unknown } | null;
  const keys = settingsOf(isPlainObject(content?.config) ? content.config : {});
  const { kind, host } = keys;
  const isLocal = stackKind(stack, kind) === "local" && host == null;
  const named =
    typeof keys["directory"] === "string"
      ? keys["directory"]
      : defaultDirectory(project, stack, isLocal);
  return {
    name: stackPrefix(stack, project),
    digests: readFileSync(file, "utf8").match(DIGEST) ?? [],
    directory: path.resolve(root, named),
    host: typeof host === "string" ? host : null,
  };
}
