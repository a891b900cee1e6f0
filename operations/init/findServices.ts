import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readDockerfile, type DockerfileFacts } from "./dockerfile";
import { serviceName, type FoundService } from "./foundService";

/** How deep below the source directory a Dockerfile is looked for. */
const DEPTH = 3;
const NO_SOURCES = new Set(["node_modules", "vendor", "dist", "build", "test", "tests"]);

/**
 * Finds services by their Dockerfiles: one a directory, called like it.
 *
 * @param source directory to search.
 * @param instance directory of services.yaml, which contexts are relative to.
 * @param project name of a service whose Dockerfile lies in `source` itself.
 */
export function findByDockerfile(
  source: string,
  instance: string,
  project: string,
): FoundService[] {
  const directories = findDirectories(source, DEPTH);
  const shortNames = directories.map((directory) =>
    directory === source ? project : serviceName(path.basename(directory)),
  );
  return directories.map((directory, index) => {
    const short = shortNames[index]!;
    const isTaken = shortNames.indexOf(short) < index;
    const name = isTaken ? serviceName(path.relative(source, directory)) : short;
    const facts = readDockerfile(readFileSync(path.join(directory, "Dockerfile"), "utf8"));
    const build = { context: path.relative(instance, directory) || "." };
    return { name, settings: { build, ...settingsOf(facts) }, notes: findGaps(name, facts) };
  });
}

/** What a service's entry says because its Dockerfile does. */
export function settingsOf({ port, user, healthPath }: DockerfileFacts): Record<string, unknown> {
  return {
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(healthPath === undefined
      ? {}
      : { health: { livePath: healthPath, readyPath: healthPath } }),
  };
}

function findGaps(name: string, { port, healthPath }: DockerfileFacts): string[] {
  return [
    ...(port === undefined ? [`${name}: its Dockerfile exposes no port; 8000 is assumed`] : []),
    ...(healthPath === undefined
      ? [`${name}: has no health check; GET /health and GET /ready must answer 2xx`]
      : []),
  ];
}

/** Directories with a Dockerfile, in the order of their paths. */
function findDirectories(directory: string, depth: number): string[] {
  const below = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .filter(({ name }) => !NO_SOURCES.has(name) && depth > 0)
    .map(({ name }) => path.join(directory, name))
    .sort()
    .flatMap((each) => findDirectories(each, depth - 1));
  return existsSync(path.join(directory, "Dockerfile")) ? [directory, ...below] : below;
}
