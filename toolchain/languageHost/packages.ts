import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** An npm package that comes with a Pulumi plugin. */
export interface PulumiPackage {
  readonly name: string;
  readonly version: string;
  /** Where its plugin is downloaded; empty: Pulumi's own server. */
  readonly server: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
  };
}

const SDK = "@pulumi/pulumi";

/**
 * The packages with plugins a program can reach through its dependencies. Only packages that use the Pulumi SDK are
 * followed, so this reads a dozen files and not all of node_modules.
 */
export function findPulumiPackages(directory: string): PulumiPackage[] {
  const found = new Map<string, PulumiPackage>();
  const seen = new Set<string>();
  const visit = (from: string, manifest: Manifest) => {
    for (const dependency of Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
    })) {
      const place = locatePackage(from, dependency);
      if (place === undefined || seen.has(place)) {
        continue;
      }
      seen.add(place);
      const inner = readManifest(place);
      const usesSdk = SDK in { ...inner.dependencies, ...inner.peerDependencies };
      const described = inner.pulumi?.resource === true ? describe(inner) : undefined;
      if (described !== undefined) {
        found.set(`${described.name}@${described.version}`, described);
      }
      if (usesSdk) {
        visit(place, inner);
      }
    }
  };
  const root = projectRoot(directory);
  if (root !== undefined) {
    const manifest = readManifest(root);
    visit(root, {
      ...manifest,
      dependencies: { ...manifest.dependencies, ...manifest.devDependencies },
    });
  }
  return [...found.values()];
}

/**
 * Those of the packages whose plugins are installed. The engine tries to download each one it is told of and does not
 * have, at every update: seconds behind a firewall, and for plugins that the stack at hand may never use. What a
 * program does use the engine installs when its first resource is registered.
 */
export function findInstalledPackages(directory: string): PulumiPackage[] {
  const home = process.env.PULUMI_HOME || path.join(homedir(), ".pulumi");
  return findPulumiPackages(directory).filter(({ name, version }) =>
    existsSync(path.join(home, "plugins", `resource-${name}-${version}`)),
  );
}

/** A program's direct dependencies with the versions that are installed. */
export function readDependencies(directory: string): { name: string; version: string }[] {
  const root = projectRoot(directory);
  if (root === undefined) {
    return [];
  }
  return Object.keys(readManifest(root).dependencies ?? {}).flatMap((name) => {
    const place = locatePackage(root, name);
    return place === undefined ? [] : [{ name, version: readManifest(place).version ?? "" }];
  });
}

/** A program's direct dependencies that are not installed. */
export function findMissing(directory: string): string[] {
  const root = projectRoot(directory) ?? directory;
  const { dependencies = {} } = readManifest(root);
  return Object.keys(dependencies).filter((name) => locatePackage(root, name) === undefined);
}

/** Finds a file of an installed package as `require` from `directory` would; undefined where it is not installed. */
export function locatePackage(directory: string, name: string): string | undefined {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const place = path.join(at, "node_modules", name);
    if (existsSync(place)) {
      return place;
    }
    if (at === path.dirname(at)) {
      return undefined;
    }
  }
}

function projectRoot(directory: string): string | undefined {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    if (existsSync(path.join(at, "package.json"))) {
      return at;
    }
    if (at === path.dirname(at)) {
      return undefined;
    }
  }
}

function readManifest(directory: string): Manifest {
  try {
    return JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8")) as Manifest;
  } catch {
    return {};
  }
}

function describe({ name = "", version = "", pulumi }: Manifest): PulumiPackage {
  return {
    name: pulumi?.name ?? name.replace(/^@pulumi\//, "").replace(/^@/, ""),
    version: `v${(pulumi?.version ?? version).replace(/^v/, "")}`,
    server: pulumi?.server ?? "",
  };
}
