import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa, { type ExecaChildProcess } from "execa";
import { stringify } from "yaml";
import { freePort } from "./moto";

const DEADLINE_MILLISECONDS = 120_000;
const PAUSE_MILLISECONDS = 200;

/** A server of Debian's on a loopback port, with its files in a directory of its own. */
class DebianServer {
  readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-watch-"));
  private process: ExecaChildProcess | null = null;
  private log = "";

  constructor(
    private readonly command: string,
    readonly port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  write(name: string, content: string): void {
    const file = path.join(this.directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** Returns once it is ready to be asked. */
  async run(...options: readonly string[]): Promise<void> {
    const listen = `--web.listen-address=127.0.0.1:${this.port}`;
    const running = execa(this.command, [...options, listen], {
      ...{ cwd: this.directory, all: true, reject: false },
    });
    running.all?.on("data", (chunk: Buffer) => (this.log += chunk.toString()));
    this.process = running;
    await until(async () => {
      if (running.exitCode !== null) throw new Error(`${this.command} has ended:\n${this.log}`);
      return (await fetch(`${this.url}/-/ready`)).ok;
    });
  }

  async stop(): Promise<void> {
    this.process?.kill("SIGTERM");
    await this.process;
    rmSync(this.directory, { recursive: true });
  }
}

/** What a Prometheus is told. */
export interface PrometheusFiles {
  /** Port of the exporter on this machine. */
  readonly exporter: number;
  readonly alertmanager: number;
  readonly rules: string;
}

/** A real Prometheus that looks each second. */
export class PrometheusServer extends DebianServer {
  static async start({
    exporter,
    alertmanager,
    rules,
  }: PrometheusFiles): Promise<PrometheusServer> {
    const server = new PrometheusServer("prometheus", await freePort());
    const at = (port: number) => [{ targets: [`127.0.0.1:${port}`] }];
    server.write("rules.yml", rules);
    server.write(
      "prometheus.yml",
      stringify({
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: ["rules.yml"],
        scrape_configs: [{ job_name: "maestro-metrics", static_configs: at(exporter) }],
        alerting: { alertmanagers: [{ static_configs: at(alertmanager) }] },
      }),
    );
    await server.run("--config.file=prometheus.yml", "--storage.tsdb.path=data");
    return server;
  }

  /** How many series a query finds now; throws what Prometheus says against it. */
  async count(query: string): Promise<number> {
    const answer = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data, error } = (await answer.json()) as {
      data?: { result: unknown[] };
      error?: string;
    };
    if (data === undefined) throw new Error(`${query}: ${error}`);
    return data.result.length;
  }
}

/** A real Alertmanager. */
export class AlertmanagerServer extends DebianServer {
  /** @param secrets name of a file -> content, beside the configuration, which names them below `directory`. */
  static async start(
    configure: (directory: string) => string,
    secrets: Readonly<Record<string, string>>,
  ): Promise<AlertmanagerServer> {
    const server = new AlertmanagerServer("prometheus-alertmanager", await freePort());
    server.write("alertmanager.yml", configure(server.directory));
    for (const [name, content] of Object.entries(secrets)) server.write(name, content);
    const config = "--config.file=alertmanager.yml";
    await server.run(config, "--storage.path=data", "--cluster.listen-address=");
    return server;
  }

  /** Tells it of alerts, as Prometheus does. */
  async tell(alerts: readonly object[]): Promise<void> {
    const { ok, status } = await fetch(`${this.url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    if (!ok) throw new Error(`Alertmanager takes no alerts: status ${status}`);
  }
}

/** Waits until something holds; what it throws last is the reason when it never does. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MILLISECONDS;
  let reason = new Error("it has not come about in time");
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (error) {
      reason = error as Error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
  throw reason;
}
