import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { stringify } from "yaml";
import { connectEngine, execIn, lastLogLines } from "../../host/engine";
import { EDGE_PORTS, edgeContainerName } from "../../rules/edge/edgeLayout";
import type { EdgeOptions } from "../../rules/edge/edgeOptions";
import { renderNginxConfig } from "../../rules/edge/nginxConfig";
import { containerName, type EdgeConfigInput } from "../../rules/stepInput";
import { RECIPES } from "../../toolchain/setup/baseImageRecipes";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { packageRoot } from "../../config/project";
import { pushImage } from "../../toolchain/setup/registry";
import { foreignRepository, pushForeignImage, type ForeignImage } from "./foreignImages";
import { edgeOptions } from "./edgeOptions";
import { builtImages, TestStack, type RunResult, type StackConfig } from "./testStack";

/** Services as services.yaml has them. */
export type Services = Readonly<Record<string, object | null>>;

/** Repository of the image that this project did not build: plain Python. */
const FOREIGN = "localhost:5000/maestro-itest/python";

/** The service of `edgeEcho.py` on the foreign image, with these settings. */
export function echoService(settings: object = {}): object {
  const script = readFileSync(path.join(__dirname, "edgeEcho.py"), "utf8");
  return { repository: FOREIGN, command: ["python3", "-c", script], ...settings };
}

/** Image of the edge under test; `MAESTRO_TEST_EDGE_IMAGE` names another one, for comparison. */
export function edgeImage(): string {
  return process.env["MAESTRO_TEST_EDGE_IMAGE"] ?? builtImages().edge;
}

/** A test stack with services of its own, to look at its edge. */
export class EdgeStack extends TestStack {
  private readonly servicesFile = path.join(packageRoot(), ".maestro/tests", `${this.name}.yaml`);
  /** Repository -> digest, for services that do not run an example's image. */
  private readonly pushed = new Map<string, string>();
  private settings: StackConfig = {};
  /** Far from the numbers of the stack's own configurations, so that its next one counts as new. */
  private applied = 0;

  /** Releases these services for the first time; `images`: what they need beside plain Python. */
  async begin(
    services: Services,
    edge: object = {},
    images: readonly ForeignImage[] = [],
  ): Promise<void> {
    const { reference } = await ensureBaseImage(RECIPES.python.name);
    this.pushed.set(FOREIGN, await pushImage(reference, `${FOREIGN}:itest`));
    for (const image of images) {
      this.pushed.set(foreignRepository(image), await pushForeignImage(image));
    }
    await this.create({});
    await this.release(services, edge);
  }

  /** Writes other settings of the edge into the stack file; no update follows. */
  editEdge(edge: object): void {
    this.settings = { ...this.settings, edge: { image: edgeImage(), ...edge } };
    this.configure(this.settings);
  }

  /** One update to these services; throws what it said when it fails. */
  async release(services: Services, edge: object = {}): Promise<RunResult> {
    writeFileSync(this.servicesFile, stringify({ services }));
    const built = builtImages().release;
    const digests = Object.entries(services).map(([name, service]) => {
      const { repository = "" } = (service ?? {}) as { repository?: string };
      return [name, this.pushed.get(repository) ?? built[name]];
    });
    this.settings = {
      servicesFile: this.servicesFile,
      release: Object.fromEntries(digests) as object,
    };
    this.editEdge(edge);
    const result = await this.up();
    if (result.exitCode !== 0) throw new Error(result.output);
    return result;
  }

  override async remove(): Promise<void> {
    await super.remove();
    rmSync(this.servicesFile, { force: true });
  }

  get edgeName(): string {
    return edgeContainerName(this.prefix);
  }

  /** Last entries of the access log. */
  async accessLog(lines = 50): Promise<AccessLogEntry[]> {
    const text = await lastLogLines(connectEngine(), this.edgeName, lines);
    return text
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as AccessLogEntry);
  }

  /** The trace that the edge's line of a request names; nginx writes that line after the answer. */
  async loggedTrace(id: string): Promise<string | undefined> {
    for (let round = 0; round < 100; round += 1) {
      const line = (await this.accessLog()).find((each) => each.id === id);
      if (line) return line.trace;
      await sleep(100);
    }
    throw new Error(`the log has no line of request ${id}`);
  }

  /** What a service of plain Python in the blue set is answered by the edge. */
  async askFrom(service: string, target: string, headers: object): Promise<string> {
    const url = `http://${this.edgeName}:${EDGE_PORTS.public}${target}`;
    const request = `u.Request("${url}", headers=${JSON.stringify(headers)})`;
    const script = `import urllib.request as u; print(u.urlopen(${request}).read().decode())`;
    const name = containerName(this.prefix, "blue", service, 0);
    const { exitCode, output } = await execIn(connectEngine(), name, ["python3", "-c", script]);
    if (exitCode !== 0) throw new Error(output);
    return output;
  }

  /** Configuration of the sets as they are placed, with other options than the stack's. */
  async render(options: Partial<EdgeOptions> = {}): Promise<string> {
    const blue = (await this.host.records.readPlacement("blue"))?.record ?? null;
    const green = (await this.host.records.readPlacement("green"))?.record ?? null;
    return renderNginxConfig(edgeOptions({ subnet: this.subnet, ...options }), {
      blue: blue ?? green,
      green: green ?? blue,
    });
  }

  /** Runs `applyEdgeConfig` as a component would. */
  applyConfig(config: string, input: Partial<EdgeConfigInput> = {}) {
    const { prefix, directory, subnet, url: edgeUrl } = this;
    const edge = { edgeUrl, publicHost: "localhost", image: edgeImage(), tls: null };
    const whole = {
      prefix,
      directory,
      subnet,
      ...edge,
      number: (this.applied += 1000),
      config,
      ...input,
    };
    return execa("node", ["bin/maestro.js", "applyEdgeConfig"], {
      cwd: packageRoot(),
      input: JSON.stringify(whole),
      reject: false,
      all: true,
    });
  }
}

/** One line of the edge's access log. */
export interface AccessLogEntry {
  readonly id: string;
  readonly set: string;
  readonly service: string;
  readonly method: string;
  readonly uri: string;
  readonly status: number;
  readonly upstream: string;
  readonly upstreamStatus: string;
  readonly upstreamSeconds: string;
  readonly retried: boolean;
  readonly client: string;
  /** Only with tracing. */
  readonly trace?: string;
  /** Why the edge refused the request; empty: it did not. */
  readonly reason: string;
}
