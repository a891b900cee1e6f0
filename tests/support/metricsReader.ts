import execa, { type ExecaChildProcess } from "execa";
import type { TestStack } from "./testStack";

/** A sample by its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `maestro metrics serve` of a stack, and who asks it as the stack's Prometheus does. */
export class MetricsReader {
  private constructor(
    private readonly child: ExecaChildProcess,
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Starts it and waits until it can be asked, at the address and with the token of the stack. */
  static async start(stack: TestStack, token: string): Promise<MetricsReader> {
    const argv = ["bin/maestro.js", "metrics", "serve", "--stack", stack.name];
    const child = execa("node", argv, {
      ...{ cwd: stack.project.root, env: stack.environment, extendEnv: false },
      reject: false,
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout!.once("data", (text: Buffer) => resolve(text.toString().trim()));
      void child.then(({ stderr }) => reject(new Error(stderr)));
    });
    return new MetricsReader(child, url, token);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** An answer, asked with the right token unless told otherwise. */
  ask(path = "/metrics", token = this.token): Promise<Response> {
    const headers = { authorization: `Bearer ${token}` };
    return fetch(new URL(path, this.url), { headers });
  }

  /** The samples of a metric. */
  async samples(name: string): Promise<Sample[]> {
    const text = await (await this.ask()).text();
    return [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\S+)$`, "gm"))].map(
      ([, labels = "", value]) => ({
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]),
        ) as Record<string, string>,
        value: Number(value),
      }),
    );
  }

  /** Users' requests that it has counted, as `CountedUsers` counts them. */
  async requests(): Promise<Map<string, number>> {
    const samples = await this.samples("maestro_edge_requests_total");
    const counted = samples.filter(({ value }) => value > 0);
    return new Map(
      counted.map(({ labels, value }) => [
        `${labels["service"]} ${labels["set"]} ${labels["class"]}`,
        value,
      ]),
    );
  }

  /** Ends it. @returns its exit code, and what it has complained of. */
  async stop(): Promise<{ exitCode: number; complaints: string }> {
    this.child.kill("SIGTERM");
    const { exitCode, stderr } = await this.child;
    return { exitCode, complaints: stderr };
  }
}

/** A Prometheus' answer to a query; `address` as host and port. */
export async function askPrometheus(
  address: string,
  promql: string,
): Promise<{ metric: object; value: number }[]> {
  const url = `http://${address}/api/v1/query?query=${encodeURIComponent(promql)}`;
  const { data } = (await (await fetch(url)).json()) as {
    data: { result: { metric: object; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }));
}
