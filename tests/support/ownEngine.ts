import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { killTree } from "./processTree";

const START_DEADLINE_MILLISECONDS = 60_000;
const BRIDGE = "maestro-test0";
const BRIDGE_ADDRESS = "10.219.0.1/24";

export interface OwnEngineOptions {
  /** Subnet of the stack that runs there; the machine's own engine drops what it does not know. */
  readonly subnet: string;
  /** Containers outlive their daemon. */
  readonly liveRestore?: boolean;
  /** Its data lie on a file system of this size; on the machine's disk if left out. */
  readonly diskMegabytes?: number;
}

/**
 * A Docker Engine beside the machine's own, with its own data, that a test may kill, freeze and fill up. Published
 * ports are reached through its proxy alone: it touches no packet filter.
 */
export class OwnEngine {
  private daemon: ChildProcess | null = null;

  private constructor(
    private readonly root: string,
    private readonly options: OwnEngineOptions,
  ) {}

  static async start(options: OwnEngineOptions): Promise<OwnEngine> {
    // A path of a socket has 107 characters at most.
    const root = mkdtempSync("/tmp/maestro-engine-");
    const engine = new OwnEngine(root, options);
    mkdirSync(engine.dataRoot);
    if (options.diskMegabytes) {
      const size = `size=${options.diskMegabytes}m`;
      execFileSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", engine.dataRoot]);
    }
    execFileSync("iptables", engine.rule("-I"));
    execFileSync("ip", ["link", "add", "name", BRIDGE, "type", "bridge"]);
    execFileSync("ip", ["address", "add", BRIDGE_ADDRESS, "dev", BRIDGE]);
    await engine.boot();
    return engine;
  }

  get address(): string {
    return `unix://${path.join(this.root, "docker.sock")}`;
  }

  get dataRoot(): string {
    return path.join(this.root, "data");
  }

  get pid(): number {
    return this.daemon!.pid!;
  }

  /** Starts the daemon and waits until it answers. */
  async boot(): Promise<void> {
    const log = openSync(path.join(this.root, "dockerd.log"), "a");
    const options = [
      `--host=${this.address}`,
      `--data-root=${this.dataRoot}`,
      `--exec-root=${path.join(this.root, "exec")}`,
      `--pidfile=${path.join(this.root, "docker.pid")}`,
      // Without one of its own it would take the default bridge, or remove it: the machine's own engine has that.
      `--bridge=${BRIDGE}`,
      "--iptables=false",
      ...(this.options.liveRestore ? ["--live-restore"] : []),
    ];
    this.daemon = spawn("dockerd", options, { detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    const deadline = performance.now() + START_DEADLINE_MILLISECONDS;
    while ((await this.docker("version")).exitCode !== 0) {
      if (performance.now() > deadline || this.daemon.exitCode !== null) {
        throw new Error(`dockerd does not start:\n${this.logTail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The daemon dies without a word, and what is its own dies with it. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.daemon!.once("exit", resolve));
    process.kill(this.pid, "SIGKILL");
    await ended;
  }

  /** The host loses its power: daemon and all containers are gone in an instant. */
  async powerOff(): Promise<void> {
    const { stdout } = await this.docker("ps", "--quiet", "--no-trunc");
    const roots = stdout.split("\n").filter(Boolean);
    const { stdout: processes } = await execa("ps", ["-eo", "pid=,args="]);
    const shims = processes.split("\n").filter((line) => roots.some((id) => line.includes(id)));
    await this.kill();
    for (const line of shims) killTree(Number(line.trim().split(" ")[0]));
  }

  /** Ends the daemon with all its containers, and takes away whatever it had. */
  async remove(): Promise<void> {
    const { stdout } = await this.docker("ps", "--all", "--quiet");
    for (const id of stdout.split("\n").filter(Boolean)) await this.docker("rm", "--force", id);
    const { stdout: networks } = await this.docker(
      "network",
      "ls",
      "--quiet",
      "--filter=type=custom",
    );
    for (const id of networks.split("\n").filter(Boolean)) await this.docker("network", "rm", id);
    const ended = new Promise((resolve) => this.daemon!.once("exit", resolve));
    process.kill(this.pid, "SIGTERM");
    await ended;
    execFileSync("iptables", this.rule("-D"));
    execFileSync("ip", ["link", "delete", BRIDGE]);
    if (this.options.diskMegabytes) execFileSync("umount", [this.dataRoot]);
    rmSync(this.root, { recursive: true, force: true });
  }

  private docker(...args: string[]) {
    return execa("docker", ["--host", this.address, ...args], { reject: false, timeout: 20_000 });
  }

  /** Lets the stack's containers speak with each other, although the machine's own engine forwards nothing unknown. */
  private rule(action: "-I" | "-D"): string[] {
    const { subnet } = this.options;
    return [action, "DOCKER-USER", "-s", subnet, "-d", subnet, "-j", "ACCEPT"];
  }

  private logTail(): string {
    const log = readFileSync(path.join(this.root, "dockerd.log"), "utf8");
    return log.split("\n").slice(-15).join("\n");
  }
}
