import * as pulumi from "@pulumi/pulumi";
import type { PackagesSettings, Settings } from "../config/settings";
import { indexUrlOf } from "../rules/packages/packageIndex";
import { createOperation } from "./hostOperation";

export interface PythonPackagesArgs {
  readonly settings: PackagesSettings;
  /** Prefix of all names the stack uses. */
  readonly prefix: string;
  readonly directory: string;
}

/**
 * The stack's Python package index and the shared packages published to it.
 *
 * Kind `index` is a server that runs already (`make up` starts one on this machine), so there is nothing to create.
 * Kind `nexus` keeps a blob store, a hosted, a proxy and a group repository and a publish user by Nexus's REST API;
 * the administrator's login is read from the deployer's environment and reaches neither state nor command line.
 */
export class PythonPackages extends pulumi.ComponentResource {
  /** What pip, Poetry and uv install from. */
  public readonly indexUrl: pulumi.Output<string>;
  /** Package -> version. */
  public readonly versions: pulumi.Output<Record<string, string>>;
  /** Package -> SHA-256 of its wheel. */
  public readonly sha256: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PythonPackagesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("maestro:components:PythonPackages", name, {}, opts);
    const { settings } = args;
    const published = Object.entries(settings.versions);
    this.versions = pulumi.output(
      Object.fromEntries(published.map(([each, { version }]) => [each, version])),
    );
    this.sha256 = pulumi.output(
      Object.fromEntries(published.map(([each, { sha256 }]) => [each, sha256])),
    );
    const ready = settings.kind === "nexus" ? createRepositories(name, args, this).stdout : "";
    this.indexUrl = pulumi.output(ready).apply(() => indexUrlOf(settings));
    this.registerOutputs({
      indexUrl: this.indexUrl,
      versions: this.versions,
      sha256: this.sha256,
    });
  }
}

/** The stack's package index; null where no shared packages are configured. */
export function createPackages(
  { packages, directory }: Settings,
  prefix: string,
  opts: pulumi.ComponentResourceOptions,
): PythonPackages | null {
  return (
    packages && new PythonPackages("packages", { settings: packages, prefix, directory }, opts)
  );
}

function createRepositories(name: string, args: PythonPackagesArgs, parent: pulumi.Resource) {
  const { url, hosted, proxy, group, blobStore, publishUser, upstream } = args.settings;
  const repositories = { url, hosted, proxy, group, blobStore, publishUser, upstream };
  return createOperation(
    `${name}-repositories`,
    "nexusRepositories",
    { prefix: args.prefix, directory: args.directory, repositories },
    { parent },
  );
}
