import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { declaredImages, type DeclaredImage } from "../../config/declaredBuilds";
import { instanceRoot, readProjectConfig, settingsOf } from "../../config/project";
import { readServicesFile } from "../../config/readServicesFile";
import type { ParsedBuild } from "../../config/schemas/build";
import type { ParsedSite } from "../../config/schemas/site";
import { readYaml } from "../../config/yamlFile";
import { findServices, selectServices, type ServiceSource } from "./services";

/** Where this repository's own services are; a project that has no such directory names its services' `build`. */
const EXAMPLES = path.join("examples", "services");

/** What `images` builds, and what it says of the rest. */
export interface ServicesToBuild {
  readonly services: readonly ServiceSource[];
  /** One line for each service of the release that gets no image here, with what to do. */
  readonly notes: readonly string[];
}

/**
 * Finds what `images` builds: every service of services.yaml with a `build`, and those in `examples/services` where the
 * project has that directory.
 *
 * @param file the stack file.
 * @param wanted names; none: all.
 * @throws Error naming everything that is wrong, before anything is built.
 */
export function findDeclaredServices(
  file: string,
  stack: string,
  wanted: readonly string[],
): ServicesToBuild {
  const { servicesFile, images } = readDeclared(file, stack);
  const examples = path.join(instanceRoot(), EXAMPLES);
  const found = existsSync(examples) ? findServices(examples) : [];
  const built = images.filter(({ name, enabled, repository, build }) => {
    return build && repository === undefined && (enabled || wanted.includes(name));
  });
  const declared = built.map((image) => resolveBuild(image, servicesFile));
  const names = new Set(built.map(({ name }) => name));
  const all = [...declared, ...found.filter(({ name }) => !names.has(name))];
  const known = new Set(all.map(({ name }) => name));
  const left = images.filter(({ name, enabled }) => enabled && !known.has(name));
  const notes = left.map(explainUnbuilt);
  const impossible = left.filter(({ name }) => wanted.includes(name));
  if (impossible.length > 0) throw new Error(impossible.map(explainUnbuilt).join("\n"));
  if (all.length === 0 && notes.length > 0) throw new Error(notes.join("\n"));
  const services = selectServices(all, wanted, servicesFile);
  const problems = services.flatMap((service) => findProblems(service));
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return { services, notes: wanted.length === 0 ? notes : [] };
}

function readDeclared(file: string, stack: string) {
  const content = readYaml(file).toJS() as { config?: object } | null;
  const config = settingsOf({ ...readProjectConfig(), ...content?.config });
  const named = config["servicesFile"];
  const servicesFile = path.resolve(
    instanceRoot(),
    typeof named === "string" ? named : "services.yaml",
  );
  const read = readServicesFile(servicesFile);
  if (read.issues.length > 0) throw new Error(read.issues.join("\n"));
  const { images, issues } = declaredImages(read.content, config["services"], stack);
  if (issues.length > 0) throw new Error(issues.join("\n"));
  return { servicesFile, images };
}

function resolveBuild(
  { name, site, ...image }: DeclaredImage,
  servicesFile: string,
): ServiceSource {
  const build = image.build as ParsedBuild;
  const base = path.dirname(servicesFile);
  const context = path.resolve(base, build.context ?? name);
  const secrets = Object.entries(build.secrets).map(([id, source]) => [
    id,
    "file" in source ? `src=${resolveFile(base, source.file)}` : `env=${source.environment}`,
  ]);
  return {
    name,
    directory: context,
    context,
    dockerfile: path.resolve(context, build.dockerfile),
    origin: context,
    buildArguments: build.args,
    target: build.target,
    platform: build.platform,
    maximumMegabytes: build.maximumMegabytes,
    secrets: Object.fromEntries(secrets) as Record<string, string>,
    ...(site ? { site } : {}),
  };
}

function resolveFile(base: string, file: string): string {
  return file.startsWith("~/") ? path.join(homedir(), file.slice(2)) : path.resolve(base, file);
}

function explainUnbuilt({ name, repository }: DeclaredImage): string {
  return repository === undefined
    ? `services.${name}.build: is missing, so \`images\` does not build it; name its context, or its \`repository\``
    : `services.${name}.repository: is its own, so \`images\` never builds it, got "${repository}"; write the digest of ` +
        `its image into maestro:release by hand`;
}

/** What a build lacks on this machine, one line each. */
function findProblems({ name, context, dockerfile, secrets, site }: ServiceSource): string[] {
  const at = `services.${name}.build`;
  if (!isDirectory(context)) return [`${at}.context: no such directory, got "${context}"`];
  if (site) return findSiteProblems(name, context, site);
  const missing = Object.entries(secrets).flatMap(([id, source]) => {
    const value = source.slice(4);
    if (source.startsWith("src=")) {
      return existsSync(value)
        ? []
        : [`${at}.secrets.${id}: no such file, got "${value}"; write it, or name another one`];
    }
    return process.env[value] === undefined
      ? [`${at}.secrets.${id}: variable ${value} is not set; set it where \`images\` runs`]
      : [];
  });
  return existsSync(dockerfile)
    ? missing
    : [
        `${at}.dockerfile: no such file, got "${dockerfile}"; name it relative to the context`,
      ].concat(missing);
}

function findSiteProblems(name: string, context: string, { directory }: ParsedSite): string[] {
  const files = path.join(context, directory);
  return existsSync(path.join(files, "index.html"))
    ? []
    : [
        `services.${name}.site.directory: has no index.html, got "${files}"; run the site's own build first, or name where it writes`,
      ];
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
