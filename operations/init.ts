import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { packageRoot } from "../config/project";
import { SERVICE_NAME } from "../config/schemas/service";
import { stackKind, STACK_KINDS } from "../config/stackKind";
import { askOptions, canAsk, defaultProject, type InitOptions } from "./init/options";
import { findByCompose } from "./init/findByCompose";
import { findByDockerfile } from "./init/findServices";
import { writeInstance, type InstancePlan } from "./init/writeInstance";
import { examplesOf } from "./shared/examples";

const STACK_NAME = /^[A-Za-z0-9_-]{1,40}$/;

/** Writes an instance: the project that releases services by this package. */
export async function main(argv: string[]): Promise<void> {
  const command = new Command("init")
    .description("Write a project that releases your services; no file is overwritten.")
    .argument("[directory]", "where it is to be", ".")
    .option("--project <name>", "its name (default: the directory's)")
    .option("--stack <name>", "its first stack (default: development)")
    .option("--kind <kind>", `what the stack is for: ${STACK_KINDS.join(", ")} (default: local)`)
    .option("--source <directory>", "where the services are (default: the project's directory)")
    .option("--registry <host:port>", "where images are pushed (default: localhost:5000)")
    .option("--listen <address:port>", "where users arrive (default: 127.0.0.1:8080)")
    .option("--preview <address:port>", "where the idle set shows (default: the port after that)")
    .option("--subnet <range>", "private /16 of the containers (default: 10.213.0.0/16)")
    .option("--package <spec>", "where package.json takes maestro from, as npm writes it")
    .option("--yes", "ask nothing")
    .option("--json", "print the result as JSON")
    .addHelpText("after", examplesOf("init"))
    .parse(argv, { from: "user" });
  const directory = path.resolve(command.args[0] ?? ".");
  const given = command.opts<InitOptions>();
  const options = canAsk(given) ? await askOptions(given, directory) : given;
  const plan = planInstance(directory, options);
  const { written, notes } = writeInstance(plan);
  const all = [...plan.services.flatMap((service) => service.notes), ...plan.notes, ...notes];
  const services = plan.services.map(({ name }) => name);
  if (given.json) {
    console.log(JSON.stringify({ directory, stack: plan.stack, written, services, notes: all }));
  } else printSummary(plan, written, all);
}

interface Plan extends InstancePlan {
  /** The Compose file that services were taken from; undefined: there is none. */
  readonly file?: string;
  /** Of what was found and left out. */
  readonly notes: readonly string[];
}

function planInstance(directory: string, options: InitOptions): Plan {
  const project = options.project ?? defaultProject(directory);
  const stack = options.stack ?? "development";
  const source = path.resolve(options.source ?? directory);
  const problems = findProblems(options, { project, stack, source });
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return {
    directory,
    project,
    stack,
    config: configOf(stack, options),
    ...findServices(source, directory, project),
    dependency: options.package ?? defaultDependency(directory),
  };
}

/** A Compose file says more than Dockerfiles do, so they are asked only without one. */
function findServices(source: string, directory: string, project: string) {
  if (!existsSync(source)) return { services: [], notes: [] };
  const services = () => findByDockerfile(source, directory, project);
  return findByCompose(source, directory) ?? { services: services(), notes: [] };
}

function findProblems(
  { kind, listen, source: givenSource }: InitOptions,
  { project, stack, source }: { project: string; stack: string; source: string },
): string[] {
  const isKind = kind === undefined || STACK_KINDS.some((each) => each === kind);
  const isAddress = listen === undefined || /:\d{1,5}$/.test(listen);
  return [
    ...(SERVICE_NAME.test(project)
      ? []
      : [`--project: must match [a-z][a-z0-9-]{0,39}, got "${project}"; containers bear it`]),
    ...(STACK_NAME.test(stack)
      ? []
      : [`--stack: must be letters, digits, - and _, at most 40, got "${stack}"; rename it`]),
    ...(isKind ? [] : [`--kind: must be ${STACK_KINDS.join(", ")}, got "${kind}"; name one`]),
    ...(isAddress
      ? []
      : [`--listen: must be <address>:<port>, got "${listen}"; for example 127.0.0.1:8080`]),
    ...(givenSource === undefined || existsSync(source)
      ? []
      : [`--source: no such directory, got "${source}"; name where the services are`]),
  ];
}

/** What the stack's file says; what has the default of its own kind is left out. */
function configOf(stack: string, options: InitOptions): Record<string, unknown> {
  const { kind = "local", registry = "localhost:5000", listen = "127.0.0.1:8080" } = options;
  const preview = options.preview ?? nextPort(listen);
  return {
    ...(stackKind(stack, undefined) === kind ? {} : { "maestro:kind": kind }),
    "maestro:registry": { address: registry },
    "maestro:edge": { listen, preview },
    ...(options.subnet === undefined ? {} : { "maestro:network": { subnet: options.subnet } }),
  };
}

function nextPort(listen: string): string {
  return listen.replace(/\d+$/, (port) => String(Number(port) + 1));
}

/** The package as it is installed: by version where npm has put it, else by its directory. */
function defaultDependency(directory: string): string {
  const root = packageRoot();
  if (!root.split(path.sep).includes("node_modules")) {
    return `file:${path.relative(directory, root)}`;
  }
  const manifest = readFileSync(path.join(root, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function printSummary(
  { directory, stack, services, file }: Plan,
  written: readonly string[],
  notes: readonly string[],
): void {
  const here = path.relative(process.cwd(), directory);
  const steps = [
    ...(here === "" ? [] : [`cd ${here}`]),
    "npm install --ignore-scripts",
    'eval "$(npx maestro env)"',
    `npx maestro setup --stack ${stack}`,
    `npx maestro images --stack ${stack}`,
    `pulumi up --stack ${stack}`,
  ];
  const found = services.map(({ name }) => name).join(", ");
  console.log(`wrote ${written.join(", ")}`);
  const where = file === undefined ? "" : ` in ${path.basename(file)}`;
  console.log(
    found === "" ? "no services found: add yours to services.yaml" : `found ${found}${where}`,
  );
  for (const note of notes) console.log(pc.yellow(note));
  console.log(`\nNext:\n${steps.map((line) => `  ${line}`).join("\n")}`);
}
