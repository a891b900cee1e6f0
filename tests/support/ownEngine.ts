import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import execa from "execa";
import { killTree } from "./processTree";

const START_DEADLINE_MILLISECONDS = 60_000;
const BRIDGE = "maestro-test0";
const BRIDGE_ADDRESS = "10.211.0.1/24";

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
    return `unix://${this.path("docker.sock")}`;
  }

  get dataRoot(): string {
    return this.path("data");
  }

  get pid(): number {
    return this.daemon!.pid!;
  }

  /** Starts the daemon and waits until it answers. */
  async boot(): Promise<void> {
    const log = openSync(this.path("dockerd.log"), "a");
    const options = [
      `--host=${this.address}`,
      `--data-root=${this.dataRoot}`,
      `--exec-root=${this.path("exec")}`,
      `--pidfile=${this.path("docker.pid")}`,
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

  /** The daemon dies without a word, and its containerd with it. */
  async kill(): Promise<void> {
    const { daemon } = this;
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const containerd = Number(readFileSync(this.path("exec/containerd/containerd.pid"), "utf8"));
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGKILL");
    await ended;
    // The next daemon would take one that is still dying for its own.
    await waitForEnd([containerd]);
  }

  /** The host loses its power: daemon and all containers are gone in an instant. */
  async powerOff(): Promise<void> {
    const { stdout } = await execa("ps", ["-eo", "pid=,args="]);
    const shims = stdout
      .split("\n")
      .filter((line) => line.includes("containerd-shim") && line.includes(this.root))
      .map((line) => Number(line.trim().split(" ")[0]));
    await this.kill();
    for (const shim of shims) killTree(shim);
    await waitForEnd(shims);
  }

  /** Ends the daemon with all its containers, in whatever state they are, and takes away whatever it had. */
  async remove(): Promise<void> {
    await this.powerOff();
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n");
    const own = mounts
      .map((line) => line.split(" ")[1] ?? "")
      .filter((it) => it.includes(this.root));
    for (const mount of own.reverse()) execFileSync("umount", ["--lazy", mount]);
    execFileSync("iptables", this.rule("-D"));
    for (const bridge of this.bridges()) execFileSync("ip", ["link", "delete", bridge]);
    rmSync(this.root, { recursive: true, force: true });
  }

  private path(name: string): string {
    return path.join(this.root, name);
  }

  /** Network devices of its networks: its own and the stack's. */
  private bridges(): string[] {
    const lines = execFileSync("ip", ["-oneline", "-4", "address"]).toString().split("\n");
    const [prefix = ""] = /^\d+\.\d+\./.exec(this.options.subnet) ?? [];
    const words = lines.map((line) => line.split(/\s+/));
    const found = words.filter((it) => it[1] !== BRIDGE && it[3]?.startsWith(prefix));
    return [BRIDGE, ...found.map((it) => it[1] ?? "")];
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
    const log = readFileSync(this.path("dockerd.log"), "utf8");
    return log.split("\n").slice(-15).join("\n");
  }
}

/** Waits until these processes, which somebody has killed, are gone. */
async function waitForEnd(pids: readonly number[]): Promise<void> {
  while (pids.some((pid) => existsSync(`/proc/${pid}`))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
