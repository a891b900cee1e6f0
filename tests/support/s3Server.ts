import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import execa, { type ExecaChildProcess } from "execa";
import { ensureGoBinary } from "./foreignImages";
import { freePort } from "./moto";

const VERSITYGW = "github.com/versity/versitygw/cmd/versitygw";
/** Much longer than it takes to start one small program. */
const START_MILLISECONDS = 60_000;

/** Versity's gateway: an S3 server with its objects in a directory, on loopback. It can be killed and started again. */
export class S3Server {
  readonly bucket = "backups";
  private readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-s3-"));
  private process: ExecaChildProcess | null = null;

  private constructor(
    private readonly program: string,
    private readonly port: number,
  ) {}

  /** Builds it where it is missing; it has one bucket and one login. */
  static async start(): Promise<S3Server> {
    const program = await ensureGoBinary("versitygw", VERSITYGW, "versitygw");
    const server = new S3Server(program, await freePort());
    await server.startAgain();
    const { bucket: Bucket } = server;
    await server.client().send(new CreateBucketCommand({ Bucket }));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** For `PULUMI_BACKEND_URL`: states in the same bucket. */
  get backend(): string {
    return `s3://${this.bucket}?endpoint=${this.url}&use_path_style=true&region=us-east-1`;
  }

  /** The login, and nothing of where the server is. */
  get environment(): Record<string, string> {
    return {
      ...{ AWS_ACCESS_KEY_ID: "maestro", AWS_SECRET_ACCESS_KEY: "the-store's-secret" },
      ...{ AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" },
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  client(): S3Client {
    const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } =
      this.environment;
    const credentials = { accessKeyId, secretAccessKey };
    return new S3Client({
      ...{ endpoint: this.url, region: "us-east-1", credentials },
      forcePathStyle: true,
    });
  }

  /** Keys of uploads that were begun and have not ended. */
  async unfinished(): Promise<string[]> {
    const { Uploads = [] } = await this.client().send(
      new ListMultipartUploadsCommand({ Bucket: this.bucket }),
    );
    return Uploads.map(({ Key = "" }) => Key);
  }

  /** Puts small objects below a prefix, as fast as files are written. */
  place(prefix: string, names: readonly string[]): void {
    const directory = path.join(this.directory, this.bucket, prefix);
    mkdirSync(directory, { recursive: true });
    for (const name of names) writeFileSync(path.join(directory, name), "x");
  }

  /** By SIGKILL: what it was sent and had not answered is lost. */
  async kill(): Promise<void> {
    this.process?.kill("SIGKILL");
    await this.process;
    this.process = null;
  }

  /** On the same port, with what it had. */
  async startAgain(): Promise<void> {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = this.environment;
    const args = ["--port", `127.0.0.1:${this.port}`, "--quiet", "posix", this.directory];
    this.process = execa(this.program, args, {
      env: { ROOT_ACCESS_KEY: AWS_ACCESS_KEY_ID!, ROOT_SECRET_KEY: AWS_SECRET_ACCESS_KEY! },
      ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
      ...{ reject: false, cleanup: true, buffer: false },
    });
    const deadline = Date.now() + START_MILLISECONDS;
    while (Date.now() < deadline) {
      // Whoever is not logged in is answered, too.
      if (await fetch(this.url).catch(() => null)) return;
      await sleep(50);
    }
    throw new Error(`versitygw does not answer at ${this.url}`);
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
