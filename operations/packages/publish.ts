import { existsSync } from "node:fs";
import path from "node:path";
import type { PublishedPackage } from "../../config/schemas/packages";
import type { PackagesSettings } from "../../config/settings";
import { publishVerdict, uploadUrlOf, type IndexFile } from "../../rules/packages/packageIndex";
import { instanceRoot } from "../../config/project";
import { buildWheels, type Wheel } from "./buildWheels";
import { listFiles, upload } from "./indexClient";
import type { IndexLogin } from "./pypiIndex";
import { findPackages } from "./sources";
import {
  checkVersions,
  ensureIndex,
  isEmbedded,
  loginOf,
  namesPackages,
  readPackages,
} from "./stackIndex";

/** A package beside what the index has of it. */
export interface ComparedPackage extends Wheel {
  /** `uploaded` just now; `present` before; `missing` in the index; `differs`: same version, other content. */
  readonly state: "uploaded" | "present" | "missing" | "differs";
  /** The index's own file; null: it has none of this version. */
  readonly indexFile: IndexFile | null;
}

/** Compares built packages with what the index says it has. */
export function comparePackages(
  settings: PackagesSettings,
  login: IndexLogin | null,
  wheels: readonly Wheel[],
): Promise<ComparedPackage[]> {
  return Promise.all(
    wheels.map(async (wheel) => {
      const files = await listFiles(settings, login, wheel.name);
      const verdict = publishVerdict(wheel, files);
      const state = verdict === "upload" ? ("missing" as const) : verdict;
      return { ...wheel, state, indexFile: files.find(({ name }) => name === wheel.file) ?? null };
    }),
  );
}

/** Directory of the project's own shared packages, unless a command is told another; null: it has none. */
export function packagesDirectory(): string | null {
  const directory = path.join(instanceRoot(), "examples", "packages");
  return existsSync(directory) ? directory : null;
}

/**
 * Gets a stack's index ready for builds: the embedded one is started and filled, another one is its owner's matter.
 *
 * @returns null for a project without shared packages: nothing is started, builds use this machine's own index.
 */
export async function preparePackages(file: string): Promise<PackagesSettings | null> {
  const source = packagesDirectory();
  if (source === null && !namesPackages(file)) return null;
  const settings = readPackages(file);
  if (isEmbedded(settings)) {
    await ensureIndex(settings);
    if (source !== null) await publishPackages(settings, source);
  }
  return settings;
}

/**
 * Publishes every package whose version the index does not have yet.
 *
 * @throws before anything is uploaded, when the index has other content under a version: it never changes again.
 */
export async function publishPackages(
  settings: PackagesSettings,
  source: string,
): Promise<ComparedPackage[]> {
  const login = loginOf(settings);
  const compared = await comparePackages(settings, login, await buildWheels(findPackages(source)));
  const differing = compared.filter(({ state }) => state === "differs");
  if (differing.length > 0) {
    const problems = differing.map(
      ({ name, version, sha256, indexFile }) =>
        `${name}: version ${version} is published with other content (sha256 ${indexFile?.sha256 ?? "unknown"}, ` +
        `got ${sha256}); bump the version in its pyproject.toml, then run \`npm run packages -- lock\``,
    );
    throw new Error([`${uploadUrlOf(settings)}: nothing was published`, ...problems].join("\n"));
  }
  checkVersions(settings, versionsOf(compared));
  const missing = compared.filter(({ state }) => state === "missing");
  if (missing.length > 0) await upload(settings, login, missing);
  return compared.map((each) =>
    each.state === "missing" ? { ...each, state: "uploaded" as const } : each,
  );
}

/** What a stack file says of packages. */
export function versionsOf(packages: readonly Wheel[]): Record<string, PublishedPackage> {
  return Object.fromEntries(
    packages.map(({ name, version, sha256 }) => [name, { version, sha256 }]),
  );
}
