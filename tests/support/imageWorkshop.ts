import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { main } from "../../operations/images";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { ensureRegistry, removeRegistry } from "../../toolchain/setup/registry";

/** A registry of the tests' own, so that the development stack's images stay as they are. */
export const REGISTRY = { address: "localhost:5055", name: "maestro-registry-test" };
const NAMESPACE = "maestro-test";

/** What `images --json` prints. */
export interface ImagesResult {
  readonly changed: boolean;
  readonly images: readonly {
    service: string;
    tag: string;
    digest: string;
    built: boolean;
    bytes: number;
    sbom?: string;
  }[];
}

/** A directory with a stack file, and a registry of its own to push to. */
export class ImageWorkshop {
  public readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-images-"));
  public readonly stackFile = path.join(this.directory, "Pulumi.test.yaml");

  /** What the last run has said beside its result. */
  public said = "";

  /** @param address of a registry that is there already. @default - one of its own */
  constructor(
    private readonly address: string = REGISTRY.address,
    private readonly namespace: string = NAMESPACE,
  ) {}

  /** @param settings further keys of the stack file, as YAML. */
  async open(settings = ""): Promise<void> {
    const registry = `{ kind: local, address: "${this.address}", namespace: ${this.namespace} }`;
    const text = `config:\n  # ours\n  maestro:registry: ${registry}\n`;
    this.write("Pulumi.test.yaml", text + settings);
    if (this.address !== REGISTRY.address) return;
    await removeRegistry(REGISTRY.name);
    await ensureRegistry(REGISTRY);
  }

  /** Removes the registry and the names that images got here; other names of the same images stay. */
  async close(): Promise<void> {
    if (this.address === REGISTRY.address) await removeRegistry(REGISTRY.name);
    const filter = `reference=${this.address}/${this.namespace}/*`;
    const list = ["image", "ls", "--filter", filter, "--format", "{{.Repository}}:{{.Tag}}"];
    const tags = (await docker(list)).split("\n").filter(Boolean);
    if (tags.length > 0) await tryDocker(["image", "rm", ...tags]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  write(file: string, text: string): void {
    const full = path.join(this.directory, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  /** Runs the operation `images` on the services in `source`; null: on those of services.yaml. */
  async images(source: string | null, ...options: string[]): Promise<ImagesResult> {
    const print = jest.spyOn(console, "log").mockImplementation();
    const progress = jest.spyOn(console, "error").mockImplementation();
    const common = ["--stack", "test", "--file", this.stackFile, "--json"];
    const from = source === null ? [] : ["--source", source];
    try {
      await main([...common, ...from, ...options]);
      return JSON.parse(String(print.mock.calls.at(-1)?.[0])) as ImagesResult;
    } finally {
      this.said = progress.mock.calls.flat().join("\n");
      print.mockRestore();
      progress.mockRestore();
    }
  }

  /** Service -> digest, as the stack file has it. */
  release(): Record<string, string> {
    const stack = parse(readFileSync(this.stackFile, "utf8")) as {
      config: { "maestro:release"?: Record<string, string> };
    };
    return stack.config["maestro:release"] ?? {};
  }
}

/** Where a service's images go. */
export function repositoryOf(service: string): { address: string; path: string } {
  return { address: REGISTRY.address, path: `${NAMESPACE}/${service}` };
}
