import { writeFileSync } from "node:fs";
import path from "node:path";
import { ensureGoBinary } from "./foreignImages";
import { PackedInstance } from "./packedInstance";

const GO_PACKAGE = "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin";

/** An instance of the packed program with one service, `hello`, that it builds: what pipelines run in. */
export class ReleasingInstance {
  private constructor(readonly packed: PackedInstance) {}

  static async create(project: string): Promise<ReleasingInstance> {
    const instance = new ReleasingInstance(await PackedInstance.create());
    instance.packed.copy(await ensureGoBinary("go-httpbin", GO_PACKAGE), "hello/go-httpbin");
    instance.write(".gitignore", "node_modules\n.maestro\n");
    instance.write("Pulumi.yaml", `name: ${project}\nmain: index.js\nruntime: nodejs\n`);
    instance.write("index.js", 'module.exports = require("maestro/program");\n');
    instance.write("package.json", JSON.stringify({ name: project, private: true }));
    instance.write(
      "hello/Dockerfile",
      'FROM scratch\nCOPY go-httpbin /go-httpbin\nUSER 10001:10001\nENTRYPOINT ["/go-httpbin"]\n',
    );
    instance.writeService("info");
    return instance;
  }

  get directory(): string {
    return this.packed.directory;
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.directory, name), text);
  }

  /** services.yaml, with a setting that shows in every answer. */
  writeService(level: string): void {
    const health = "{ livePath: /status/200, readyPath: /status/200 }";
    const env = `{ HTTPBIN_ENV_LEVEL: ${level} }`;
    this.write(
      "services.yaml",
      `services:\n  hello: { build: { context: hello }, port: 8080, env: ${env}, health: ${health} }\n`,
    );
  }

  /** The setting that users of a stack see. */
  async served(url: string): Promise<string | undefined> {
    const answer = await fetch(`${url}/hello/env`);
    return ((await answer.json()) as { env: Record<string, string> }).env["HTTPBIN_ENV_LEVEL"];
  }

  remove(): void {
    this.packed.remove();
  }
}
