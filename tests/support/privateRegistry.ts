import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lookForRegistry } from "../../registry/probe";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { freePort, MOTO_ACCOUNT } from "./moto";

/** Volume of the local registry. */
const STORAGE = "maestro-registry";
const START_DEADLINE_MILLISECONDS = 30_000;

/** Who may come in, each with a bcrypt hash of the password. */
export const USER = { username: "deployer", password: "right" };
const HTPASSWD = [
  `${USER.username}:$2b$05$abcdefghijklmnopqrstuu8xaCxxL82bnl.UY74PMksDxIJShppPC`,
  // What moto's ECR gives for a login.
  `AWS:$2b$05$abcdefghijklmnopqrstuu/4ofrUS75HrKu6f.iuRo0I/XlrmpqlC`,
];
export const ECR_LOGIN = { username: "AWS", password: `${MOTO_ACCOUNT}-auth-token` };

/** Which tokens a registry takes: of whom, for whom, and from where they are to be had. */
export interface TokenAuth {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** PEM. */
  readonly certificate: string;
}

/** What the local registry holds, behind a login: a second registry on the same storage. */
export class PrivateRegistry {
  private constructor(
    readonly address: string,
    private readonly name: string,
    private readonly directory: string,
  ) {}

  /** @param token left out: name and password, see {@link USER} and {@link ECR_LOGIN}. */
  static async start(token?: TokenAuth): Promise<PrivateRegistry> {
    const port = await freePort();
    const directory = mkdtempSync(path.join(tmpdir(), "maestro-private-"));
    chmodSync(directory, 0o755);
    writeFileSync(path.join(directory, "htpasswd"), `${HTPASSWD.join("\n")}\n`);
    writeFileSync(path.join(directory, "root.pem"), token?.certificate ?? "");
    const variables = token
      ? {
          REGISTRY_AUTH: "token",
          REGISTRY_AUTH_TOKEN_REALM: token.realm,
          REGISTRY_AUTH_TOKEN_SERVICE: token.service,
          REGISTRY_AUTH_TOKEN_ISSUER: token.issuer,
          REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE: "/auth/root.pem",
        }
      : {
          REGISTRY_AUTH: "htpasswd",
          REGISTRY_AUTH_HTPASSWD_REALM: "private",
          REGISTRY_AUTH_HTPASSWD_PATH: "/auth/htpasswd",
        };
    const name = `maestro-private-${port}`;
    const { reference } = await ensureBaseImage("registry");
    await docker([
      ...["run", "--detach", `--name=${name}`, `--publish=127.0.0.1:${port}:5000`],
      ...[`--volume=${STORAGE}:/var/lib/registry`, `--volume=${directory}:/auth:ro`],
      ...Object.entries(variables).map(([key, value]) => `--env=${key}=${value}`),
      reference,
    ]);
    const registry = new PrivateRegistry(`127.0.0.1:${port}`, name, directory);
    await registry.untilReady();
    return registry;
  }

  async pause(): Promise<void> {
    await docker(["stop", "--time", "2", this.name]);
  }

  async resume(): Promise<void> {
    await docker(["start", this.name]);
    await this.untilReady();
  }

  async stop(): Promise<void> {
    await tryDocker(["rm", "--force", this.name]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_MILLISECONDS;
    while ((await lookForRegistry(this.address)) !== "registry") {
      if (Date.now() > deadline) {
        throw new Error(`${this.name} does not answer:\n${await docker(["logs", this.name])}`);
      }
      await sleep(50);
    }
  }
}
