import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa, { type ExecaChildProcess } from "execa";
import { installPythonTool } from "./pythonTool";

const VERSION = "5.2.5";
const START_DEADLINE_SECONDS = 60;

/** The account that moto plays. */
export const MOTO_ACCOUNT = "123456789012";
export const MOTO_REGION = "eu-west-1";

/** A real AWS API on loopback: moto's server, one process and one empty account for each test file. */
export class Moto {
  private constructor(
    readonly url: string,
    private readonly process: ExecaChildProcess,
  ) {}

  /** @param environment moto's own settings, such as INITIAL_NO_AUTH_ACTION_COUNT. */
  static async start(environment: Readonly<Record<string, string>> = {}): Promise<Moto> {
    const directory = await installMoto();
    const port = await freePort();
    const child = execa(
      path.join(directory, "bin", "moto_server"),
      ["--host", "127.0.0.1", "--port", String(port)],
      {
        env: environment,
        all: true,
        reject: false,
        stdin: "ignore",
        cleanup: true,
        buffer: false,
        stdout: "ignore",
        stderr: "ignore",
      },
    );
    const moto = new Moto(`http://127.0.0.1:${port}`, child);
    await moto.waitUntilReady();
    return moto;
  }

  /** What the AWS SDK, the official provider and the stand-in all read. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: MOTO_REGION,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "moto-takes-any-key",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
  }

  /** What an SDK client of a test is made with. */
  get client() {
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
      this.environment;
    return {
      region: MOTO_REGION,
      endpoint: this.url,
      credentials: { accessKeyId, secretAccessKey },
    };
  }

  async stop(): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process;
  }

  private async waitUntilReady(): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_SECONDS * 1000;
    while (Date.now() < deadline) {
      try {
        if ((await fetch(`${this.url}/moto-api/`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await sleep(100);
    }
    throw new Error(`moto does not answer at ${this.url} after ${START_DEADLINE_SECONDS} s`);
  }
}

/** Not to be done by two processes at once. */
export function installMoto(): Promise<string> {
  return installPythonTool("moto", `moto[server]==${VERSION}`);
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
