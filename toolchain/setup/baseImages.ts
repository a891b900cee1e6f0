import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { RECIPES, recipeKey, type BaseImageName, type BaseImageRecipe } from "./baseImageRecipes";
import { docker, dockerCli, tryDocker } from "./dockerClient";
import {
  BASE_IMAGES,
  describeUsers,
  endUse,
  forgetUsers,
  noteUse,
  otherUsers,
} from "./machineUsers";
import { ensureCommands, findCommands, lastLines } from "./packages";
import { cacheRoot } from "../../config/paths";
import type { Say } from "./step";

export type { BaseImageName } from "./baseImageRecipes";

/** Label of base images, which images built on them inherit. */
const BASE_LABEL = "maestro.base";
const SUITE = "bookworm";
const DEFAULT_MIRROR = "http://deb.debian.org/debian";
/** Merges /usr before the first package: doing it afterwards takes a package with all of perl. */
const MERGED_USR_HOOKS = "/usr/share/mmdebstrap/hooks/merged-usr";
/** How long Docker Hub may take to name an image, in seconds; the layers may then take their time. */
const HUB_ANSWER_SECONDS = 10;
const HUB_PULL_SECONDS = 900;
/** How long a failed try of Docker Hub is remembered, in hours. */
const HUB_RETRY_HOURS = 24;

/** A base image in the engine. */
export interface BaseImage {
  /** `maestro/python:debian-0123456789ab`. */
  readonly reference: string;
  /** Identity of its content, the same after it is removed and loaded again from the cache. */
  readonly content: string;
}

/**
 * Makes sure that a base image is in the engine: the official one where Docker Hub answers, else built from Debian
 * packages (and kept in the cache). `MAESTRO_BASE_IMAGES=official|debian` decides by hand.
 */
export async function ensureBaseImage(
  name: BaseImageName,
  say: Say = () => {},
): Promise<BaseImage> {
  await noteUse(BASE_IMAGES);
  const recipe = RECIPES[name];
  const wanted: Source[] = recipe.official === null ? ["debian"] : wantedSources();
  for (const source of wanted) {
    const present = await inspect(referenceOf(recipe, source));
    if (present) {
      say(`${source}, present`);
      return present;
    }
  }
  const mayTryHub = wanted.includes("official") && (wanted.length === 1 || !hubWasUnreachable());
  if (mayTryHub && recipe.official !== null && (await pullOfficial(recipe, recipe.official, say))) {
    say("official image");
    return inspectMade(referenceOf(recipe, "official"));
  }
  if (!wanted.includes("debian")) {
    throw new Error(
      `${recipe.official ?? recipe.name}: cannot be pulled; unset MAESTRO_BASE_IMAGES to build it from Debian packages`,
    );
  }
  const built = await importFromDebian(recipe, say);
  say(built ? "built from Debian packages" : "Debian packages, from the cache");
  return inspectMade(referenceOf(recipe, "debian"));
}

/**
 * Removes the base images and all images built on them from the engine, except those that a container uses; all stay
 * where another project of this machine uses base images. Returns what became of them in a few words.
 */
export async function removeImages(): Promise<string> {
  await endUse(BASE_IMAGES);
  const others = await otherUsers(BASE_IMAGES);
  if (others.length > 0) return `kept for ${describeUsers(others)}`;
  await forgetUsers(BASE_IMAGES);
  const ids = await docker(["image", "ls", "--quiet", "--filter", `label=${BASE_LABEL}`]);
  const unique = [...new Set(ids.split("\n").filter(Boolean))];
  if (unique.length > 0) await tryDocker(["image", "rm", "--force", ...unique]);
  return "removed; their cached parts stay";
}

type Source = "official" | "debian";

function wantedSources(): Source[] {
  const choice = process.env.MAESTRO_BASE_IMAGES ?? "";
  if (choice === "") return ["official", "debian"];
  if (choice === "official" || choice === "debian") return [choice];
  throw new Error(`MAESTRO_BASE_IMAGES: must be official or debian, got "${choice}"; or unset it`);
}

function referenceOf(recipe: BaseImageRecipe, source: Source): string {
  return `maestro/${recipe.name}:${source}-${recipeKey(recipe)}`;
}

async function inspect(reference: string): Promise<BaseImage | undefined> {
  const format = "{{json .RootFS.Layers}}";
  const answer = await tryDocker(["image", "inspect", "--format", format, reference]);
  return answer.ok ? { reference, content: `${reference} ${answer.output.trim()}` } : undefined;
}

async function inspectMade(reference: string): Promise<BaseImage> {
  const image = await inspect(reference);
  if (!image) throw new Error(`${reference}: not in the engine after it was made`);
  return image;
}

/** Pulls the official image and gives it our user; false where Docker Hub does not answer or lacks it. */
async function pullOfficial(recipe: BaseImageRecipe, official: string, say: Say): Promise<boolean> {
  const memory = hubMemory();
  say("asking Docker Hub");
  if (!(await pullBounded(official))) {
    mkdirSync(cacheRoot(), { recursive: true });
    writeFileSync(memory, "Docker Hub did not answer; remove this file to try it again\n");
    return false;
  }
  rmSync(memory, { force: true });
  say("adapting the official image");
  await adapt(recipe, official);
  return true;
}

/** File whose age says when Docker Hub last failed to answer. */
function hubMemory(): string {
  return path.join(cacheRoot(), "docker-hub-unreachable");
}

function hubWasUnreachable(): boolean {
  const stat = statSync(hubMemory(), { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs < HUB_RETRY_HOURS * 3600_000;
}

async function pullBounded(reference: string): Promise<boolean> {
  const client = findCommands("docker")[0] ?? "docker";
  const pull = execa(client, ["pull", reference], {
    reject: false,
    stdin: "ignore",
    timeout: HUB_PULL_SECONDS * 1000,
  });
  const impatience = setTimeout(() => pull.kill("SIGTERM"), HUB_ANSWER_SECONDS * 1000);
  // The first line comes once the registry has described the image.
  pull.stdout?.once("data", () => clearTimeout(impatience));
  const result = await pull;
  clearTimeout(impatience);
  return !result.failed;
}

async function adapt(recipe: BaseImageRecipe, official: string): Promise<void> {
  const client = await dockerCli();
  const label = `LABEL ${BASE_LABEL}=${recipe.name}`;
  const dockerfile = [`FROM ${official}`, label, ...recipe.adapt].join("\n");
  const reference = referenceOf(recipe, "official");
  const result = await execa(client.path, ["build", "--tag", reference, "-"], {
    env: client.env,
    input: dockerfile,
    reject: false,
  });
  if (result.failed) throw new Error(`${reference}: build failed\n${lastLines(result.stderr)}`);
}

/** Loads the image built from Debian packages; says whether it had to be built. */
async function importFromDebian(recipe: BaseImageRecipe, say: Say): Promise<boolean> {
  const tarball = path.join(cacheRoot(), "images", `${recipe.name}-${recipeKey(recipe)}.tar`);
  const isMissing = !existsSync(tarball);
  if (isMissing) {
    await ensureCommands({ mmdebstrap: "mmdebstrap" });
    say("building from Debian packages");
    await bootstrap(recipe, tarball);
  }
  say("loading");
  const changes = [...recipe.config, `LABEL ${BASE_LABEL}=${recipe.name}`];
  const reference = referenceOf(recipe, "debian");
  await docker(["import", ...changes.flatMap((line) => ["--change", line]), tarball, reference]);
  return isMissing;
}

async function bootstrap(recipe: BaseImageRecipe, tarball: string): Promise<void> {
  mkdirSync(path.dirname(tarball), { recursive: true });
  const partial = `${tarball}.${process.pid}.tar`;
  // An unpacked system is never customized in mmdebstrap's sense, so its hook is an earlier one.
  const hook = recipe.variant === "extract" ? "--extract-hook" : "--customize-hook";
  const args = [
    "--quiet",
    `--variant=${recipe.variant}`,
    `--include=${recipe.packages.join(",")}`,
    ...(await aptOptions()).map((option) => `--aptopt=${option}`),
    ...(recipe.variant === "essential" && existsSync(MERGED_USR_HOOKS)
      ? [`--hook-dir=${MERGED_USR_HOOKS}`]
      : []),
    ...recipe.finish.map((line) => `${hook}=${line}`),
    SUITE,
    partial,
    ...(await debianSources()),
  ];
  const result = await execa("mmdebstrap", args, { reject: false, stdin: "ignore", all: true });
  if (result.failed) {
    rmSync(partial, { force: true });
    throw new Error(`maestro/${recipe.name}: mmdebstrap failed\n${lastLines(result.all ?? "")}`);
  }
  renameSync(partial, tarball);
}

/** The package sources that this machine uses for the same Debian release, so that a mirror or proxy is honored. */
async function debianSources(): Promise<string[]> {
  const format = "$(REPO_URI) $(CODENAME) $(RELEASE) $(COMPONENT) $(ORIGIN)";
  const filter = "Created-By: Packages";
  const { stdout } = await execa("apt-get", ["indextargets", "--format", format, filter], {
    reject: false,
  });
  const sources = (stdout ?? "")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, codename, , , origin]) => codename?.startsWith(SUITE) && origin === "Debian")
    .map(([uri, , suite, component]) => `deb ${uri} ${suite} ${component}`);
  const isComplete = sources.some((source) => source.includes(` ${SUITE} main`));
  return isComplete ? sources : [DEFAULT_MIRROR];
}

async function aptOptions(): Promise<string[]> {
  const { stdout } = await execa("apt-config", ["dump"], { reject: false });
  return (stdout ?? "")
    .split("\n")
    .filter((line) => /^Acquire::https?::(\S+::)?(Proxy|CaInfo|Verify-Peer)\b/.test(line))
    .filter((line) => !line.endsWith('"";'))
    .map((line) => line.replace(/;$/, ""));
}
