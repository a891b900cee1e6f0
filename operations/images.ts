import path from "node:path";
import { Command } from "commander";
import pc from "picocolors";
import { stackFilePath } from "../config/project";
import { findRegistry } from "../registry/probe";
import { ensureBaseImage } from "../toolchain/setup/baseImages";
import { ensureDocker } from "../toolchain/setup/docker";
import { ensureRegistry, noteRegistryUse } from "../toolchain/setup/registry";
import { step } from "../toolchain/setup/step";
import { createBuildSecrets } from "./images/buildSecrets";
import { findUnwanted } from "./images/contextCheck";
import { findDeclaredServices } from "./images/declaredServices";
import { Progress } from "./images/progress";
import { openRegistry } from "./images/registrySession";
import { readRevision, type Revision } from "./images/revision";
import { makeImage, type ImagesRun, type ServiceImage } from "./images/serviceImage";
import type { ImageSigner } from "./images/imageSigner";
import type { SbomWriter } from "./images/sbom";
import { baseOf, findServices, type ServiceSource } from "./images/services";
import {
  readRegistry,
  readReleased,
  readSignatures,
  requireWritable,
  writeRelease,
} from "./images/stackFile";
import { findLarge } from "./images/usualSize";
import { findUnpinned } from "./images/unpinnedBases";
import { preparePackages } from "./packages/publish";
import { indexWithLogin } from "./packages/stackIndex";
import { addReason, beginChange } from "./shared/beginChange";
import { examplesOf } from "./shared/examples";

/** Builds at once: pip and the compiler of bytecode use a whole processor each. */
const PARALLEL_BUILDS = 2;

interface Options {
  readonly stack: string;
  readonly service: readonly string[];
  readonly source?: string;
  readonly file?: string;
  readonly json?: boolean;
  readonly sign?: string;
  readonly provenance?: boolean;
  readonly builder?: string;
  readonly sbom?: string;
  readonly reason?: string;
}

/** Builds changed services, pushes their images and writes the digests into the stack's `maestro:release`. */
export async function main(argv: string[]): Promise<void> {
  const options = parseOptions(argv);
  await beginChange("images", options);
  const file = options.file ?? stackFilePath(stackName(options.stack));
  const services = findSources(options, file);
  const registry = readRegistry(file);
  requireWritable(
    file,
    services.map(({ name }) => name),
  );
  const advice = [...findUnwanted(services), ...findUnpinned(services)];
  for (const line of advice) console.error(pc.yellow(line));
  // Asked for before a registry is: they say what is wrong before anything is begun.
  const sboms = options.sbom === undefined ? null : await openSboms(options.sbom);
  const signer = await signerFor(options, file);
  try {
    const commits = await commitsFor(options, services);
    const given = { registry, signer, commits, sboms };
    const images = await makeImages(services, file, given, options.stack);
    for (const line of findLarge(services, images)) console.error(pc.yellow(line));
    const release = Object.fromEntries(images.map(({ service, digest }) => [service, digest]));
    const changed = writeRelease(file, release);
    if (options.json) console.log(JSON.stringify({ stack: options.stack, file, changed, images }));
    else console.log(summary(images, file, changed));
  } finally {
    signer?.close();
  }
}

async function makeImages(
  services: readonly ServiceSource[],
  file: string,
  given: Pick<ImagesRun, "registry" | "signer" | "commits" | "sboms">,
  stack: string,
): Promise<ServiceImage[]> {
  const { registry } = given;
  if (registry.kind === "local") await ensureLocalRegistry(registry.address);
  const session = await openRegistry(registry);
  const bases = await ensureBases(services);
  const progress = new Progress(services.map((service) => service.name));
  const packages = await preparePackages(file);
  const secrets = createBuildSecrets(process.env, packages ? indexWithLogin(packages) : undefined);
  const { client } = session;
  const released = readReleased(file);
  const revisionOf = askRevisions();
  const its = { stack, client, bases, released, revisionOf };
  const run: ImagesRun = { ...given, ...its, secrets, progress };
  try {
    return await mapLimited(services, PARALLEL_BUILDS, (service) => makeImage(service, run));
  } finally {
    session.close();
    secrets.remove();
  }
}

/** Null: nobody wants signatures. Loaded only for who does. */
async function signerFor(
  { sign, provenance, builder }: Options,
  file: string,
): Promise<ImageSigner | null> {
  if (sign === undefined) {
    if (!provenance) return null;
    throw new Error("--provenance: is signed too; name a key by --sign, or `--sign keyless`");
  }
  const { openSigner } = await import("./images/imageSigner");
  const { readBuildOrigin } = await import("./images/provenance");
  const origin = provenance ? readBuildOrigin(path.dirname(file), builder) : null;
  return openSigner(sign, readSignatures(file), origin);
}

/** Asked for before anything is built: what a build leaves behind is in no commit. */
async function commitsFor(
  { sign, provenance }: Options,
  services: readonly ServiceSource[],
): Promise<ReadonlyMap<string, string>> {
  if (sign === undefined || !provenance) return new Map();
  return (await import("./images/provenance")).requireCommits(services);
}

async function openSboms(directory: string): Promise<SbomWriter> {
  return (await import("./images/sbom")).openSbomWriter(path.resolve(directory));
}

/** Services of a directory that is named, else those that services.yaml says how to build. */
function findSources(options: Options, file: string): readonly ServiceSource[] {
  if (options.source !== undefined) {
    return findServices(path.resolve(options.source), options.service);
  }
  const found = findDeclaredServices(file, stackName(options.stack), options.service);
  for (const note of found.notes) console.error(pc.yellow(note));
  return found.services;
}

async function ensureBases(services: readonly ServiceSource[]): Promise<ImagesRun["bases"]> {
  const names = new Set(services.flatMap((service) => baseOf(service)?.image ?? []));
  const bases: { -readonly [Name in keyof ImagesRun["bases"]]: ImagesRun["bases"][Name] } = {};
  for (const name of names) bases[name] = await ensureBaseImage(name);
  return bases;
}

/** Git is asked once a directory; why it refuses is said once. */
function askRevisions(): (directory: string) => Revision | undefined {
  const known = new Map<string, Revision | undefined>();
  const told = new Set<string>();
  const warn = (text: string) => {
    if (!told.has(text)) console.error(pc.yellow(text));
    told.add(text);
  };
  return (directory) => {
    if (!known.has(directory)) known.set(directory, readRevision(directory, warn));
    return known.get(directory);
  };
}

function parseOptions(argv: string[]): Options {
  return addReason(new Command("images"))
    .description(
      "Build changed services, push their images, write the digests into the stack file.",
    )
    .option("--stack <name>", "stack whose release is written", "development")
    .option("--service <name...>", "only these services", [])
    .option(
      "--source <directory>",
      "where the services are (default: those with a `build` in services.yaml)",
    )
    .option("--file <path>", "stack file (default: Pulumi.<stack>.yaml)")
    .option("--sign <key>", "sign by this key (a file, env://…, a key service), or `keyless`")
    .option("--provenance", "say in a signed statement where images were built, and from what")
    .option("--builder <address>", "who builds (default: the CI's workflow or runner)")
    .option("--sbom <directory>", "write what each image is made of, as SPDX")
    .option("--json", "print the result as JSON")
    .addHelpText("after", examplesOf("images"))
    .parse(argv, { from: "user" })
    .opts<Options>();
}

function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

async function ensureLocalRegistry(address: string): Promise<void> {
  if ((await findRegistry(address)) === "registry") return noteRegistryUse(address);
  await step("Docker Engine", ensureDocker);
  await step("local registry", (say) => ensureRegistry({ address }, say));
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
