import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { stateRoot } from "../../config/paths";
import { packageRoot } from "../../config/project";
import { connectEngine } from "../../host/engine";
import { listImages } from "../../host/engineImages";
import { hasImage } from "../../host/images";
import { RegistryClient } from "../../registry/registryClient";
import { tryDocker } from "../../toolchain/setup/dockerClient";
import { pushImage } from "../../toolchain/setup/registry";
import { builtImages, succeed, TestStack } from "./testStack";

export const REGISTRY = { address: "localhost:18307", name: "maestro-registry-prune" };
const NAMESPACE = "prune";
export const REPOSITORY = `${REGISTRY.address}/${NAMESPACE}/web`;

/** See `host/pruneTurn.ts`. */
export const TURN = "maestro-prune";
/** A container that belongs to no stack that there is. */
export const STRAY = "gone-demo-blue-web-0";
export const MODULE = path.join(stateRoot(), "tests", "upkeepCheck.js");
const engine = connectEngine();
const client = new RegistryClient(() => Promise.resolve(null));
export const shop = new TestStack("itest-prune");
/** Of another project, which this one does not know of. */
export const other = new TestStack("itest-prune-other", linkProject("prune-other"));
export const OTHER_PLACE = {
  edge: { listen: "127.0.0.1:18308", preview: "127.0.0.1:18309" },
  network: { subnet: "172.29.0.0/16" },
};

export const digests = new Map<string, string>();
export const digestOf = (version: string) => digests.get(version)!;

/** A project of another name that runs this very program: bundles are made once. */
function linkProject(name: string) {
  const root = path.join(stateRoot(), "tests", `project-${name}`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(path.join(root, "node_modules"), { recursive: true });
  symlinkSync(packageRoot(), path.join(root, "node_modules", "maestro"));
  symlinkSync(path.join(packageRoot(), "bin"), path.join(root, "bin"));
  const runtime = "{ name: nodejs, options: { typescript: false } }";
  writeFileSync(
    path.join(root, "Pulumi.yaml"),
    `name: ${name}\nmain: program.js\nruntime: ${runtime}\n`,
  );
  writeFileSync(path.join(root, "program.js"), 'module.exports = require("maestro/program");\n');
  return { root, name };
}

/** The next image of the service: another label. */
export async function build(version: string): Promise<void> {
  const base = `localhost:5000/maestro/quality-fabric@${builtImages().release["quality-fabric"]}`;
  const tag = `${REPOSITORY}:${version}`;
  await execa("docker", ["build", "--quiet", "--tag", tag, "-"], {
    input: `FROM ${base}\nLABEL test.version=${version}`,
    env: { DOCKER_BUILDKIT: "0" },
  });
  digests.set(version, await pushImage(tag, tag));
}

export function configure(stack: TestStack, version: string, config = {}): void {
  stack.configure({
    registry: { kind: "local", address: REGISTRY.address, namespace: NAMESPACE },
    servicesFile: stack.writeServices({ web: {} }),
    release: { web: digestOf(version) },
    rollout: { bakeSeconds: 0, drainSeconds: 1 },
    ...config,
  });
}

export async function release(version: string): Promise<void> {
  configure(shop, version);
  await succeed(shop.up());
}

/** Takes all names in the registry off the host's images. */
export async function removeImages(): Promise<void> {
  for (const { tags, digests: its } of await listImages(engine)) {
    const names = [...tags, ...its].filter((name) => name.startsWith(`${REGISTRY.address}/`));
    for (const name of names) await tryDocker(["image", "rm", name]);
  }
}

/** Versions that are still there: on the host, and in the registry. */
export async function present(): Promise<{ host: string[]; registry: string[] }> {
  const host: string[] = [];
  const registry: string[] = [];
  for (const [version, digest] of digests) {
    if (await hasImage(engine, `${REPOSITORY}@${digest}`)) host.push(version);
    const repository = { address: REGISTRY.address, path: `${NAMESPACE}/web` };
    if ((await client.findDigest(repository, digest)) !== null) registry.push(version);
  }
  return { host: host.sort(), registry: registry.sort() };
}

export interface Shown {
  readonly host: { readonly images: readonly unknown[]; readonly bytes: number } | null;
  readonly registry: { readonly images: readonly unknown[]; readonly bytes: number } | null;
  readonly removed?: object;
  readonly notes: readonly string[];
}

export async function prune(...options: string[]): Promise<Shown> {
  const output = await succeed(
    shop.operation("prune", "--minimum-age", "0s", "--json", ...options),
  );
  return JSON.parse(output.slice(output.indexOf("{"))) as Shown;
}

export interface Diagnosis {
  readonly exitCode: number;
  readonly findings: readonly {
    readonly name: string;
    readonly condition: string;
    readonly says: string;
    readonly mend?: string;
  }[];
}

export async function doctor(...options: string[]): Promise<Diagnosis> {
  const { exitCode, output } = await shop.operation("doctor", "--json", ...options);
  const { findings } = JSON.parse(output.slice(output.indexOf("{\n"))) as Diagnosis;
  return { exitCode, findings };
}

export async function kinds(): Promise<string[]> {
  return (await shop.host.records.events.list()).map(({ kind }) => kind);
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("it does not come");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
