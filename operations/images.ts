import path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import type { RegistrySettings } from "../config/settings";
import { ensureBaseImage, type BaseImage } from "../toolchain/setup/baseImages";
import { ensureDocker } from "../toolchain/setup/docker";
import { packageRoot, stackFilePath } from "../config/project";
import { findRegistry } from "../registry/probe";
import { ensureRegistry, pushImage } from "../toolchain/setup/registry";
import { step } from "../toolchain/setup/step";
import { referenceOf, type Repository } from "../registry/reference";
import type { RegistryClient } from "../registry/registryClient";
import { buildImage } from "./images/buildImage";
import { createBuildSecrets, type BuildSecrets } from "./images/buildSecrets";
import { indexWithLogin } from "./packages/stackIndex";
import { preparePackages } from "./packages/publish";
import { contentHash } from "./images/contentHash";
import { Progress } from "./images/progress";
import { openRegistry } from "./images/registrySession";
import { readRevision, tagName, type Revision } from "./images/revision";
import { findServices, type ServiceSource } from "./images/services";
import { readRegistry, requireWritable, writeRelease } from "./images/stackFile";

/** Builds at once: pip and the compiler of bytecode use a whole processor each. */
const PARALLEL_BUILDS = 2;

interface Options {
  readonly stack: string;
  readonly service: readonly string[];
  readonly source?: string;
  readonly file?: string;
  readonly json?: boolean;
}

interface ServiceImage {
  readonly service: string;
  /** `<stack>-<commit>`. */
  readonly tag: string;
  readonly digest: string;
  /** Name of everything the image is made of. */
  readonly content: string;
  readonly built: boolean;
  readonly seconds: number;
}

/** What is the same for all services of one run. */
interface Run {
  readonly stack: string;
  readonly source: string;
  readonly registry: RegistrySettings;
  readonly client: RegistryClient;
  readonly base: BaseImage;
  readonly revision: Revision | undefined;
  readonly secrets: BuildSecrets;
  readonly progress: Progress;
}

/** Builds changed services, pushes their images and writes the digests into the stack's `maestro:release`. */
export async function main(argv: string[]): Promise<void> {
  const options = parseOptions(argv);
  const source = options.source ?? path.join(packageRoot(), "examples", "services");
  const services = findServices(source, options.service);
  const file = options.file ?? stackFilePath(stackName(options.stack));
  const registry = readRegistry(file);
  requireWritable(
    file,
    services.map(({ name }) => name),
  );
  if (registry.kind === "local") await ensureLocalRegistry(registry.address);
  const session = await openRegistry(registry);
  const base = await ensureBaseImage("python");
  const revision = readRevision(source, (text) => console.error(pc.yellow(text)));
  const progress = new Progress(services.map((service) => service.name));
  const packages = await preparePackages(file);
  const secrets = createBuildSecrets(process.env, indexWithLogin(packages));
  const { client } = session;
  const run: Run = { ...options, client, source, registry, base, revision, secrets, progress };
  try {
    const images = await mapLimited(services, PARALLEL_BUILDS, (service) =>
      makeImage(service, run),
    );
    const release = Object.fromEntries(images.map(({ service, digest }) => [service, digest]));
    const changed = writeRelease(file, release);
    if (options.json) console.log(JSON.stringify({ stack: options.stack, file, changed, images }));
    else console.log(summary(images, file, changed));
  } finally {
    session.close();
    secrets.remove();
  }
}

function parseOptions(argv: string[]): Options {
  return new Command("images")
    .description(
      "Build changed services, push their images, write the digests into the stack file.",
    )
    .option("--stack <name>", "stack whose release is written", "development")
    .option("--service <name...>", "only these services", [])
    .option("--source <directory>", "where the services are (default: examples/services)")
    .option("--file <path>", "stack file (default: Pulumi.<stack>.yaml)")
    .option("--json", "print the result as JSON")
    .parse(argv, { from: "user" })
    .opts<Options>();
}

function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

async function ensureLocalRegistry(address: string): Promise<void> {
  if ((await findRegistry(address)) === "registry") return;
  await step("Docker Engine", ensureDocker);
  await step("local registry", (say) => ensureRegistry({ address }, say));
}

/** Finds the service's image in the registry, or builds and pushes it. */
async function makeImage(service: ServiceSource, run: Run): Promise<ServiceImage> {
  const began = performance.now();
  const content = contentHash({
    directory: service.directory,
    dockerfile: service.dockerfile,
    ignoreFile: path.join(run.source, ".dockerignore"),
    base: run.base.content,
    buildArguments: { SERVICE: service.name },
  });
  const { endpoint, namespace } = run.registry;
  const repository: Repository = { address: endpoint, path: `${namespace}/${service.name}` };
  const found = await run.client.findDigest(repository, contentTag(content));
  const tag = await freeTag(run, repository, content, found);
  const digest = found ?? (await buildAndPush(service, run, { repository, content, tag }));
  if (found && (await run.client.findDigest(repository, tag)) !== found) {
    await run.client.copyTag(repository, contentTag(content), tag);
  }
  const seconds = Math.round(performance.now() - began) / 1000;
  const outcome = found ? "unchanged" : pc.green("pushed");
  run.progress.report(service.name, `${outcome}  ${digest.slice(0, 19)}  ${seconds.toFixed(1)} s`);
  return { service: service.name, tag, digest, content, built: !found, seconds };
}

/** In ECR a tag names one image for ever: a commit that gives a second one, sources changed, adds its content. */
async function freeTag(
  { stack, revision, registry, client }: Run,
  repository: Repository,
  content: string,
  digest: string | null,
): Promise<string> {
  const tag = tagName(stack, revision, content);
  if (registry.kind === "local") return tag;
  const taken = await client.findDigest(repository, tag);
  return taken === null || taken === digest ? tag : `${tag}-${content}`;
}

function contentTag(content: string): string {
  return `content-${content}`;
}

async function buildAndPush(
  service: ServiceSource,
  run: Run,
  image: { repository: Repository; content: string; tag: string },
): Promise<string> {
  const tagged = referenceOf(image.repository, image.tag);
  const byContent = referenceOf(image.repository, contentTag(image.content));
  run.progress.report(service.name, "building");
  await buildImage(
    {
      context: run.source,
      dockerfile: service.dockerfile,
      buildArguments: {
        SERVICE: service.name,
        PYTHON_IMAGE: run.base.reference,
        VERSION: image.content,
      },
      labels: {
        "maestro.service": service.name,
        "maestro.content": image.content,
        "org.opencontainers.image.revision": run.revision?.sha ?? "",
      },
      secrets: run.secrets.arguments,
      references: [tagged, byContent],
    },
    (text) => run.progress.show(service.name, text),
  );
  run.progress.show(service.name, "pushing");
  const digest = await pushImage(tagged, tagged);
  // The tag by content comes last: once it is there, everything is.
  await pushImage(byContent, byContent);
  return digest;
}

/**
 * Applies `action` to all items, `limit` at a time; results keep the items' order. After a failure nothing new begins,
 * and what runs is waited for: it still needs its secrets.
 */
async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const pending = [...items.entries()];
  const work = async () => {
    for (let next = pending.shift(); next; next = pending.shift()) {
      try {
        results[next[0]] = await action(next[1]);
      } catch (error) {
        pending.length = 0;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: limit }, work));
  const failure = workers.find((worker) => worker.status === "rejected");
  if (failure) throw failure.reason;
  return results;
}

function summary(images: readonly ServiceImage[], file: string, changed: boolean): string {
  const built = images.filter((image) => image.built).length;
  const written = changed ? "release written to" : "release already in";
  return `${built} built, ${images.length - built} unchanged; ${written} ${path.basename(file)}`;
}
