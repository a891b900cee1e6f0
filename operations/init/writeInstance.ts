import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isMap, parseDocument, stringify } from "yaml";
import { packageRoot } from "../../config/project";
import type { FoundService } from "./foundService";

/** Short settings are easier to read on one line. */
const FLOW_KEYS = new Set(["build", "health", "resources"]);
const LONGEST_FLOW = 80;

/** By it editors complete and check the keys. */
const STACK_SCHEMA =
  "# yaml-language-server: $schema=node_modules/maestro/schemas/stack.schema.json\n";

/** What an instance is made of. */
export interface InstancePlan {
  readonly directory: string;
  readonly project: string;
  readonly stack: string;
  /** The stack's configuration, full keys. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly services: readonly FoundService[];
  /** Where package.json takes maestro from: a version, `file:../maestro`, an address. */
  readonly dependency: string;
}

/** What was written, and what was there. */
export interface WrittenInstance {
  /** Names of files. */
  readonly written: readonly string[];
  /** What files that were kept may lack, one line each. */
  readonly notes: readonly string[];
}

/**
 * Writes an instance's files. package.json and .gitignore are kept where they are.
 *
 * @throws Error naming all other files that are there already; nothing is written then.
 */
export function writeInstance(plan: InstancePlan): WrittenInstance {
  const files: Record<string, string> = {
    "Pulumi.yaml": renderProject(plan),
    [`Pulumi.${plan.stack}.yaml`]: `${STACK_SCHEMA}${stringify({ config: plan.config })}`,
    "services.yaml": renderServices(plan.services),
    "index.js": readTemplate("index.js"),
    "package.json": renderManifest(plan),
    ".gitignore": readTemplate("gitignore"),
  };
  const at = (name: string) => path.join(plan.directory, name);
  const taken = Object.keys(files).filter((name) => existsSync(at(name)));
  const kept = ["package.json", ".gitignore"].filter((name) => taken.includes(name));
  const conflicts = taken.filter((name) => !kept.includes(name));
  if (conflicts.length > 0) {
    throw new Error(
      conflicts
        .map((name) => `${at(name)}: is there already; remove it, or name another directory`)
        .join("\n"),
    );
  }
  const written = Object.keys(files).filter((name) => !kept.includes(name));
  mkdirSync(plan.directory, { recursive: true });
  for (const name of written) writeFileSync(at(name), files[name]!, { flag: "wx" });
  const notes = kept.flatMap((name) => describeLack(name, readFileSync(at(name), "utf8"), plan));
  return { written, notes };
}

/** What a kept file must have, and has not. */
function describeLack(name: string, text: string, { dependency }: InstancePlan): string[] {
  if (name === ".gitignore") {
    const lines = text.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, ""));
    const missing = ["node_modules", ".maestro"].filter((each) => !lines.includes(each));
    return missing.map((each) => `.gitignore: is kept; add ${each}/`);
  }
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
  return Object.hasOwn(dependencies, "maestro")
    ? []
    : [`package.json: is kept; add "maestro": ${JSON.stringify(dependency)} to its dependencies`];
}

function renderProject({ project }: InstancePlan): string {
  const document = parseDocument(
    fill(readTemplate("Pulumi.yaml"), project, `Blue/green releases of ${project}`),
  );
  document.delete("template");
  return document.toString();
}

function renderManifest({ project, dependency }: InstancePlan): string {
  const manifest = JSON.parse(fill(readTemplate("package.json"), project, "")) as object;
  return `${JSON.stringify({ ...manifest, dependencies: { maestro: dependency } }, null, 2)}\n`;
}

function renderServices(services: readonly FoundService[]): string {
  if (services.length === 0) return readTemplate("services.yaml");
  const entries = Object.fromEntries(services.map(({ name, settings }) => [name, settings]));
  const document = parseDocument(stringify({ services: entries }, { lineWidth: 0 }));
  for (const { name, settings } of services) {
    for (const key of Object.keys(settings).filter((each) => FLOW_KEYS.has(each))) {
      const node = document.getIn(["services", name, key]);
      const isShort = JSON.stringify(settings[key]).length <= LONGEST_FLOW;
      if (isMap(node) && isShort) node.flow = true;
    }
  }
  const comments = readTemplate("services.yaml").replace(/^services:\n/m, "");
  return `${comments}${document.toString({ lineWidth: 0 })}`;
}

function readTemplate(name: string): string {
  return readFileSync(path.join(packageRoot(), "templates", "instance", name), "utf8");
}

/** As `pulumi new` fills the same files in. */
function fill(text: string, project: string, description: string): string {
  return text.replaceAll("${PROJECT}", project).replaceAll("${DESCRIPTION}", description);
}
