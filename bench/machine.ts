import { cpus, loadavg, release, totalmem } from "node:os";
import execa from "execa";
import { connectEngine } from "../host/engine";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import { ensurePlugins } from "../toolchain/setup/plugins";
import { builtImages } from "../tests/support/testStack";
import { composeVersion } from "./composeBinary";

/** What the numbers were taken on: label -> value. */
export type MachineReport = Readonly<Record<string, string>>;

/** Describes machine and versions. The load is that of the last minute, so ask before measuring, too. */
export async function describeMachine(): Promise<MachineReport> {
  const { ServerVersion, KernelVersion } = (await connectEngine().info()) as {
    ServerVersion: string;
    KernelVersion: string;
  };
  const plugins = await ensurePlugins();
  const gigabytes = (totalmem() / 1024 ** 3).toFixed(0);
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    machine: `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${gigabytes} GB`,
    kernel: KernelVersion || release(),
    node: process.version,
    pulumi: await firstLine("pulumi", ["version"]),
    plugins: plugins
      .map(({ name, version, source }) => `${name} ${version} (${source})`)
      .join(", "),
    "Docker Engine": ServerVersion,
    nginx: await nginxVersion(),
    "Docker Compose": composeVersion(),
  };
}

/** Processes that wanted a core, over 1, 5 and 15 minutes. */
export function loadAverage(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(" / ");
}

async function nginxVersion(): Promise<string> {
  const args = ["run", "--rm", "--network", "none", builtImages().edge, "nginx", "-v"];
  return (await firstLine("docker", args)).replace(/^.*nginx\//, "");
}

async function firstLine(command: string, args: readonly string[]): Promise<string> {
  const { all = "" } = await execa(command, args, {
    env: pulumiEnvironment(),
    all: true,
    reject: false,
  });
  return all.trim().split("\n")[0] ?? "";
}
