import path from "node:path";
import { createInterface } from "node:readline";
import execa, { type ExecaChildProcess } from "execa";
import { packageRoot } from "../../config/project";
import { docker } from "../../toolchain/setup/dockerClient";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { until } from "./watchedStack";

/** A span, as far as tests look at it. */
export interface ReceivedSpan {
  /** Where it was sent. */
  readonly path: string;
  readonly service: string;
  readonly set: string;
  readonly name: string;
  readonly kind: string;
  readonly trace: string;
  readonly id: string;
  /** Empty for a trace's first. */
  readonly parent: string;
}

/** Takes traces over OTLP/HTTP as a Jaeger does, and keeps none: otlpReceiver.py. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];

  private constructor(
    private readonly child: ExecaChildProcess,
    /** As containers of Docker's own network reach it. */
    readonly url: string,
  ) {}

  static async start(): Promise<OtlpReceiver> {
    const tools = await ensurePythonTools(undefined, "tests/support/python/checks.txt");
    const program = path.join(packageRoot(), "tests/support/otlpReceiver.py");
    const child = execa(path.join(tools, "python3"), [program], { reject: false });
    const lines = createInterface({ input: child.stdout! });
    const port = await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      void child.then(({ stderr }) => reject(new Error(stderr)));
    });
    const format = "--format={{(index .IPAM.Config 0).Gateway}}";
    const host = (await docker(["network", "inspect", format, "bridge"])).trim();
    const receiver = new OtlpReceiver(child, `http://${host}:${port}`);
    lines.on("line", (line) => receiver.spans.push(JSON.parse(line) as ReceivedSpan));
    return receiver;
  }

  /** The spans of a trace, once there are so many. */
  async trace(id: string, count: number): Promise<ReceivedSpan[]> {
    const found = () => this.spans.filter(({ trace }) => trace === id);
    await until(`${count} spans of ${id}`, () => Promise.resolve(found().length >= count));
    return found();
  }

  /** Nobody takes traces from then on. */
  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.child;
  }
}
