import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { bundle, sourcesHash } from "./bundle";
import {
  officialOnPath,
  PULUMI_VERSION,
  pulumiHome,
  toolchainDirectory,
} from "../../config/locations";
import { cacheRoot } from "../../config/paths";
import { ensurePulumi } from "./pulumi";
import type { Say } from "./step";

const execute = promisify(execFile);
const DOWNLOAD_TIMEOUT_MILLISECONDS = 10_000;
/** Tells a stand-in from an official plugin, and which state of the sources it was made from. */
const MARKER = "stand-in.json";

/** Which implementation of a plugin is in use. */
export interface PluginReport {
  readonly name: string;
  readonly version: string;
  readonly source: "official" | "stand-in";
  /** One line for the user. */
  readonly detail: string;
}

interface ResourcePlugin {
  readonly name: string;
  readonly version: string;
  readonly entry: string;
}

const RESOURCE_PLUGINS: readonly ResourcePlugin[] = [
  { name: "docker", version: "5.2.0", entry: "toolchain/plugins/docker/main.ts" },
  { name: "command", version: "1.2.1", entry: "toolchain/plugins/command/main.ts" },
];

/** Used only by stacks whose registry or secrets are at AWS. */
const AWS_PLUGINS: readonly ResourcePlugin[] = [
  { name: "aws", version: "7.48.0", entry: "toolchain/plugins/aws/main.ts" },
  { name: "awsx", version: "3.9.0", entry: "toolchain/plugins/awsx/main.ts" },
];

/** Makes sure of a language host and of every resource plugin: official ones where they can be had, else ours. */
export async function ensurePlugins(say: Say = () => undefined): Promise<PluginReport[]> {
  const hash = sourcesHash();
  return [await ensureLanguageHost(hash), ...(await ensureEach(RESOURCE_PLUGINS, hash, say))];
}

/** Makes sure of the plugins for AWS too, which a machine without such a stack need not have. */
export function ensureAwsPlugins(say: Say = () => undefined): Promise<PluginReport[]> {
  return ensureEach(AWS_PLUGINS, sourcesHash(), say);
}

/** Plugins that are not there; nothing is fetched. @param needsAws whether those for AWS count */
export function findMissingPlugins(
  needsAws: boolean,
): readonly Pick<ResourcePlugin, "name" | "version">[] {
  return [...RESOURCE_PLUGINS, ...(needsAws ? AWS_PLUGINS : [])].filter((plugin) => {
    const isOnPath = officialOnPath(`pulumi-resource-${plugin.name}`) !== undefined;
    return !isOnPath && !existsSync(installedAt(plugin));
  });
}

function installedAt({ name, version }: ResourcePlugin): string {
  return path.join(pulumiHome(), "plugins", `resource-${name}-v${version}`);
}

async function ensureEach(plugins: readonly ResourcePlugin[], hash: string, say: Say) {
  const reports: PluginReport[] = [];
  for (const plugin of plugins) reports.push(await ensureResourcePlugin(plugin, hash, say));
  return reports;
}

async function ensureLanguageHost(hash: string): Promise<PluginReport> {
  const name = "pulumi-language-nodejs";
  const version = PULUMI_VERSION;
  const official = officialOnPath(name);
  if (official !== undefined) {
    return { name, version, source: "official", detail: official };
  }
  const launcher = path.join(toolchainDirectory(), name);
  const directory = await bundleWithMarker(name, hash, [
    "toolchain/languageHost/main.ts",
    "toolchain/languageHost/fastStart/preload.ts",
  ]);
  const script = launcherScript(path.join(directory, "main.js"));
  if (!existsSync(launcher) || readFileSync(launcher, "utf8") !== script) {
    mkdirSync(path.dirname(launcher), { recursive: true });
    writeFileSync(`${launcher}.${process.pid}`, script, { mode: 0o755 });
    renameSync(`${launcher}.${process.pid}`, launcher);
  }
  return { name, version, source: "stand-in", detail: launcher };
}

async function ensureResourcePlugin(
  plugin: ResourcePlugin,
  hash: string,
  say: Say,
): Promise<PluginReport> {
  const name = `pulumi-resource-${plugin.name}`;
  const { version } = plugin;
  const onPath = officialOnPath(name);
  if (onPath !== undefined) {
    return { name, version, source: "official", detail: onPath };
  }
  const installed = installedAt(plugin);
  const isOurs = existsSync(path.join(installed, MARKER));
  if (!isOurs && existsSync(path.join(installed, name))) {
    return { name, version, source: "official", detail: installed };
  }
  if (!isOurs && (await download(plugin, say))) {
    return { name, version, source: "official", detail: installed };
  }
  if (markedHash(installed) !== hash) {
    await installStandIn(await bundleWithMarker(name, hash, [plugin.entry]), plugin, installed);
  }
  const detail = `${installed}; to try the official one again, remove ${installed} and ${failureFile(plugin)}`;
  return { name, version, source: "stand-in", detail };
}

/** Tries the official plugin, once: behind a firewall each further try would cost its whole time-out. */
async function download(plugin: ResourcePlugin, say: Say): Promise<boolean> {
  if (existsSync(failureFile(plugin))) {
    return false;
  }
  const { cli } = await ensurePulumi();
  say(`looking for the official ${plugin.name} plugin ${plugin.version}`);
  try {
    await execute(cli, ["plugin", "install", "resource", plugin.name, plugin.version], {
      env: installEnvironment(),
      timeout: DOWNLOAD_TIMEOUT_MILLISECONDS,
      killSignal: "SIGKILL",
    });
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    mkdirSync(path.dirname(failureFile(plugin)), { recursive: true });
    writeFileSync(failureFile(plugin), `${new Date().toISOString()} ${reason}\n`);
    return false;
  }
}

function failureFile({ name, version }: ResourcePlugin): string {
  return path.join(cacheRoot(), "downloads", `resource-${name}-v${version}.failed`);
}

async function installStandIn(directory: string, plugin: ResourcePlugin, installed: string) {
  if (existsSync(installed)) {
    updateFiles(directory, installed);
    return;
  }
  const { name, version } = plugin;
  const tarball = path.join(cacheRoot(), "bundles", `${name}.${process.pid}.tgz`);
  try {
    await execute("tar", ["-czf", tarball, "-C", directory, "."]);
    const { cli } = await ensurePulumi();
    await execute(cli, ["plugin", "install", "resource", name, version, "--file", tarball], {
      env: installEnvironment(),
    });
  } finally {
    rmSync(tarball, { force: true });
  }
}

/** Renews an installed stand-in file by file: another update may start it at any moment. */
function updateFiles(directory: string, installed: string): void {
  const others = readdirSync(directory).filter((file) => file !== MARKER);
  // The marker last: an interrupted update is made again.
  for (const file of [...others, MARKER]) {
    const staging = path.join(installed, `${file}.${process.pid}`);
    copyFileSync(path.join(directory, file), staging);
    renameSync(staging, path.join(installed, file));
  }
}

function launcherScript(file: string): string {
  return `#!/bin/sh\nexec node '${file.replaceAll("'", `'\\''`)}' "$@"\n`;
}

function installEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PULUMI_HOME: pulumiHome(), PULUMI_SKIP_UPDATE_CHECK: "true" };
}

async function bundleWithMarker(
  executable: string,
  hash: string,
  entries: readonly string[],
): Promise<string> {
  const directory = await bundle({ executable, entries }, hash);
  const marker = path.join(directory, MARKER);
  if (!existsSync(marker)) {
    writeFileSync(`${marker}.${process.pid}`, JSON.stringify({ hash }));
    renameSync(`${marker}.${process.pid}`, marker);
  }
  return directory;
}

function markedHash(directory: string): string | undefined {
  try {
    const text = readFileSync(path.join(directory, MARKER), "utf8");
    return (JSON.parse(text) as { hash?: string }).hash;
  } catch {
    return undefined;
  }
}
