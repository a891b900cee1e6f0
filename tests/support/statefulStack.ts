import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { connectEngine, execIn } from "../../host/engine";
import { statefulName } from "../../rules/stateful/statefulPlan";
import { LABELS } from "../../rules/host/containerLabels";
import { pushRedis } from "./redisImages";
import { finish, type RunResult } from "./runResult";
import { killTree } from "./processTree";
import { builtImages, TestStack } from "./testStack";

export const CACHE = "cache";
const WEB = "web";
const IMAGE = "quality-fabric";
const REDIS = ["/usr/bin/redis-server", "--dir", "/data", "--appendonly", "yes"];

/** A stack of a service, and of a Redis with data of its own. */
export class StatefulStack extends TestStack {
  /** By digest. */
  images: string[] = [];
  private readonly place = mkdtempSync(path.join(tmpdir(), "maestro-stateful-"));
  private version = 0;

  async begin(): Promise<void> {
    this.images = await pushRedis("1", "2");
    await this.create({});
    await this.forgetVolumes();
  }

  /** @param cache changes to its settings; null: the stack names it no more. */
  use(cache: object | null, web: object = {}): void {
    const redis = {
      ...{ kind: "stateful", image: this.images[0], port: 6379, volume: { path: "/data" } },
      command: [...REDIS, "--protected-mode", "no"],
      backup: ["/usr/bin/redis-cli", "--rdb", "-"],
      resources: { memoryMegabytes: 64 },
      health: { deadlineSeconds: 60 },
      ...cache,
    };
    const servicesFile = this.writeServices({
      [WEB]: {
        repository: `localhost:5000/maestro/${IMAGE}`,
        dependsOn: cache ? [CACHE] : [],
        ...web,
      },
      ...(cache && { [CACHE]: redis }),
    });
    const release = { [WEB]: builtImages().release[IMAGE]! };
    this.configure({ release, servicesFile, backups: { to: this.place, encrypt: "none" } });
  }

  /** Another release: its variable differs. */
  nextRelease(cache: object | null): void {
    this.version += 1;
    this.use(cache, { env: { VERSION: String(this.version) } });
  }

  /** Directory with the stack's backups. */
  get backupFiles(): string {
    return path.join(this.place, this.prefix);
  }

  get container(): string {
    return statefulName(this.prefix, CACHE);
  }

  /** What Redis answers in its container. */
  async redis(...words: string[]): Promise<string> {
    const command = ["/usr/bin/redis-cli", ...words];
    return (await execIn(connectEngine(), this.container, command)).output;
  }

  /** What Redis answers a service of the set that serves, which knows it by its plain name. */
  async redisFromWeb(words: string): Promise<string> {
    const script = `import socket; s = socket.create_connection(("${CACHE}", 6379)); s.sendall(b"${words}\\r\\n"); print(s.recv(999).decode())`;
    const { activeColor } = await this.outputs();
    const name = `${this.prefix}-${activeColor}-${WEB}-0`;
    const { output } = await execIn(connectEngine(), name, ["python3", "-c", script]);
    return output.trim();
  }

  async inspect() {
    return connectEngine().getContainer(this.container).inspect();
  }

  /** A step as an update runs it, and nothing else of the update. */
  step(name: string, input: object): Promise<RunResult> {
    return finish(this.begun(name, input));
  }

  /** The same, killed with all its children once its output matches. */
  async stepKilledAt(at: RegExp, name: string, input: object): Promise<RunResult> {
    const child = this.begun(name, input);
    let seen = "";
    child.all?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (child.pid && at.test(seen)) killTree(child.pid);
    });
    return finish(child);
  }

  private begun(name: string, input: object): ExecaChildProcess {
    return execa("node", ["bin/maestro.js", name], {
      ...{ cwd: this.project.root, env: this.environment, extendEnv: false },
      ...{ all: true, reject: false, input: JSON.stringify(input) },
    });
  }

  async volumes(): Promise<string[]> {
    const filters = JSON.stringify({ label: [`${LABELS.stack}=${this.prefix}`] });
    const { Volumes } = await connectEngine().listVolumes({ filters });
    return Volumes.map(({ Name }) => Name).sort();
  }

  async forgetVolumes(): Promise<void> {
    const names = await this.volumes();
    if (names.length > 0) await execa("docker", ["volume", "rm", "--force", ...names]);
  }

  async end(): Promise<void> {
    await this.remove();
    await this.forgetVolumes();
    rmSync(this.place, { recursive: true, force: true });
  }
}
