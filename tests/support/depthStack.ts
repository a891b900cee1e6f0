import execa from "execa";
import type { DeepLook, DeepStatus } from "../../rules/health/deepStatus";
import { gatewayAddress } from "../../release/addresses";
import { flaskService } from "./foreignServices";
import { pushForeignImage } from "./foreignImages";
import { MigrationStack, SERVICE } from "./migrationStack";
import { freePort } from "./moto";
import { builtImages, succeed } from "./testStack";

/** A service that nobody here wrote. */
export const FLASK = "flask";
export const PASSWORD = "the-cache's-password";
export const CLIENT_SECRET = "the-client's-secret";

/** What a command has printed, and how it ended. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stack of a service with a database, and of one that uses a Redis and an OpenID provider on its network's gateway. */
export class DepthStack extends MigrationStack {
  readonly gateway = gatewayAddress(this.subnet);
  redisPort = 0;
  providerPort = 0;
  private digest = "";

  get issuer(): string {
    return `http://${this.gateway}:${this.providerPort}`;
  }

  /** Makes the stack, with one release. The servers are started afterwards: the network's address is there by then. */
  async beginDepth(): Promise<string> {
    await this.begin();
    [this.redisPort, this.providerPort] = [await freePort(), await freePort()];
    this.digest = await pushForeignImage("python");
    this.declare({});
    const url = `redis://:${encodeURIComponent(PASSWORD)}@${this.gateway}:${this.redisPort}/0`;
    for (const [name, value] of Object.entries({ REDIS_URL: url, OIDC_SECRET: CLIENT_SECRET })) {
      await succeed(this.secrets(["set", "--service", FLASK, name], value));
    }
    return succeed(this.up());
  }

  /** What Flask uses from now on; no update is needed for that. */
  declare(dependencies: Readonly<Record<string, object>>): void {
    const settings = {
      ...{ secrets: ["REDIS_URL", "OIDC_SECRET"], dependencies },
      health: { readyPath: "/healthcheck" },
      healthGate: { checks: ["database", "cache"] },
    };
    this.others = { [FLASK]: flaskService(settings) };
    this.use({ [SERVICE]: builtImages().release[SERVICE]!, [FLASK]: this.digest });
  }

  /** `maestro status --deep`; `watch` sees what it says while it waits. */
  async deep(args: readonly string[] = [], watch?: (words: string) => void): Promise<Outcome> {
    const command = ["bin/maestro.js", "status", "--deep", "--stack", this.name, ...args];
    const child = execa("node", command, {
      ...{
        cwd: this.project.root,
        env: { ...this.environment, NO_COLOR: "1" },
        extendEnv: false,
        reject: false,
      },
    });
    child.stderr?.on("data", (chunk: Buffer) => watch?.(chunk.toString()));
    const { exitCode, stdout, stderr } = await child;
    return { exitCode, stdout, stderr };
  }

  /** What it has found, by `<service> <check>`. */
  async looks(...args: string[]): Promise<{ exitCode: number; found: Map<string, DeepLook> }> {
    const { exitCode, stdout, stderr } = await this.deep(["--json", ...args]);
    if (stdout === "") throw new Error(stderr);
    const { looks } = JSON.parse(stdout) as DeepStatus;
    const entries = looks.map((look) => [`${look.service ?? "-"} ${look.check}`, look] as const);
    return { exitCode, found: new Map(entries) };
  }
}
