import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { ensureCommands, findCommands } from "../../toolchain/setup/packages";

/** What a test server allows. */
export interface SshServerOptions {
  /** Sessions in one connection, as sshd counts them. */
  readonly maxSessions?: number;
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
}

/**
 * A real sshd of its own on a loopback port, with keys of its own, in front of this machine's Docker Engine. It touches
 * nothing of the machine's own SSH set-up.
 */
export class SshServer {
  readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-sshd-"));
  readonly user = userInfo().username;
  /** Private key that may log in. */
  readonly identityFile = path.join(this.directory, "user");
  private server: ExecaChildProcess | null = null;
  /** Processes of connections that outlive the server. */
  private orphans: number[] = [];
  private log = "";

  constructor(
    readonly port: number,
    private readonly options: SshServerOptions = {},
  ) {}

  get url(): string {
    return `ssh://${this.user}@127.0.0.1:${this.port}`;
  }

  /** The host key's public line, without a comment. */
  get hostKey(): string {
    const [type, key] = readFileSync(`${this.hostKeyFile}.pub`, "utf8").split(" ");
    return `${type} ${key}`;
  }

  /** The keys of a stack's configuration that lead here. */
  get config() {
    return { host: this.url, hostKey: this.hostKey, identityFile: this.identityFile };
  }

  /** What the server said so far. */
  get output(): string {
    return this.log;
  }

  async start(): Promise<void> {
    await ensureCommands({ sshd: "openssh-server", ssh: "openssh-client" });
    // sshd's own directory; where systemd starts it, systemd makes it.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    await this.makeKey(this.identityFile);
    await this.makeKey(this.hostKeyFile);
    await this.listen();
  }

  /** Starts listening again after {@link stop}. */
  async listen(): Promise<void> {
    // Another server's answers, one that a killed run has left behind, would be taken for this one's.
    if (await this.answers()) throw new Error(`somebody listens on port ${this.port} already`);
    const file = path.join(this.directory, "sshd_config");
    writeFileSync(file, `${this.serverConfig().join("\n")}\n`);
    const [sshd] = findCommands("sshd");
    this.server = execa(sshd!, ["-D", "-e", "-f", file], { all: true, reject: false });
    this.server.all?.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    const deadline = Date.now() + 10_000;
    while (!(await this.answers())) {
      if (Date.now() > deadline) throw new Error(`sshd does not answer:\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** A new key, as a host has that was made anew or that somebody else answers for. */
  async changeHostKey(): Promise<void> {
    await this.stop();
    rmSync(this.hostKeyFile, { force: true });
    await this.makeKey(this.hostKeyFile);
    await this.listen();
  }

  /** Kills the server's processes of all connections, as a network that fails does; it goes on listening. */
  async cutConnections(): Promise<number> {
    const pids = await this.connectionProcesses();
    for (const pid of pids) kill(pid);
    return pids.length;
  }

  /** Processes of connections under way. */
  async connectionProcesses(): Promise<number[]> {
    const parent = this.server?.pid;
    if (parent === undefined) return this.orphans;
    const { stdout } = await execa("ps", ["-eo", "pid=,ppid="]);
    const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    const childrenOf = (of: number): number[] =>
      rows.filter(([, ppid]) => ppid === of).flatMap(([pid]) => [pid!, ...childrenOf(pid!)]);
    return childrenOf(parent);
  }

  /** Ends the server; connections under way stay. */
  async stop(): Promise<void> {
    if (!this.server) return;
    this.orphans = await this.connectionProcesses();
    const { server } = this;
    // Not its output's end: connections under way hold that open.
    const exited = new Promise<void>((resolve) => {
      void server.once("exit", () => resolve());
    });
    server.kill("SIGTERM");
    await exited;
    this.server = null;
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.cutConnections();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get hostKeyFile(): string {
    return path.join(this.directory, "host");
  }

  private serverConfig(): string[] {
    return [
      `ListenAddress 127.0.0.1:${this.port}`,
      `HostKey ${this.hostKeyFile}`,
      `AuthorizedKeysFile ${this.identityFile}.pub`,
      "PidFile none",
      // The keys are in a directory for temporary files.
      "StrictModes no",
      "UsePAM no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      // The strictest umask a user may have.
      "Subsystem sftp internal-sftp -u 0077",
      // `docker system dial-stdio` must be found.
      `SetEnv PATH=${process.env["PATH"]}`,
      ...(this.options.maxSessions ? [`MaxSessions ${this.options.maxSessions}`] : []),
      ...(this.options.config ?? []),
    ];
  }

  private async makeKey(file: string): Promise<void> {
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file]);
  }

  private answers(): Promise<boolean> {
    return new Promise<boolean>((resolve) => {
      const socket = createConnection(this.port, "127.0.0.1");
      socket.once("data", () => resolve(true)).once("error", () => resolve(false));
      socket.once("close", () => resolve(false));
      setTimeout(() => socket.destroy(), 1000).unref();
    });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // A process that ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
