import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { parse } from "yaml";
import { commandNames } from "../../operations/shared/commandList";
import type { StackOutputs } from "../../release/stackOutputs";
import { ensureGoBinary } from "../support/foreignImages";
import { forgetUses, usesOf } from "../support/machineUses";
import { PackedInstance } from "../support/packedInstance";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const PROJECT = "itest-acme";
const STACK = "itest-instance";
const GO_PACKAGE = "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin";

let instance: PackedInstance;
/** Ports and subnet of the test, and what it must leave behind: nothing. */
let stack: TestStack;
let before: string[];

beforeAll(async () => {
  instance = await PackedInstance.create();
  stack = new TestStack(STACK, { root: instance.directory, name: PROJECT });
  await stack.remove();
  instance.copy(await ensureGoBinary("go-httpbin", GO_PACKAGE), "hello/go-httpbin");
  writeDockerfile("first");
  before = instance.packageState();
});

afterAll(async () => {
  await stack.remove();
  await forgetUses(PROJECT, instance.directory);
  instance.remove();
});

const select = ["--stack", STACK];
const up = () => succeed(instance.pulumi("up", "--yes", "--skip-preview", ...select));
const file = (name: string) => path.join(instance.directory, name);

/** The release is part of the image, so that each answer says which one serves. */
function writeDockerfile(release: string): void {
  const lines = [
    "FROM scratch",
    "COPY go-httpbin /go-httpbin",
    `ENV HTTPBIN_ENV_RELEASE=${release}`,
    "USER 10001:10001",
    "EXPOSE 8080",
    'HEALTHCHECK CMD ["/probe", "http://localhost:8080/status/200"]',
    'ENTRYPOINT ["/go-httpbin"]',
  ];
  writeFileSync(file("hello/Dockerfile"), `${lines.join("\n")}\n`);
}

async function served(): Promise<string> {
  const answer = await fetch(`${stack.url}/hello/env`);
  const { env } = (await answer.json()) as { env: Record<string, string> };
  return env["HTTPBIN_ENV_RELEASE"] ?? "nothing";
}

async function outputs(): Promise<StackOutputs> {
  const text = await succeed(instance.pulumi("stack", "output", "--json", ...select));
  return JSON.parse(text) as StackOutputs;
}

describe("the package", () => {
  it("holds bundles and what they read, and nothing that only this repository needs", () => {
    const own =
      /^(?:tests|bench|examples|dev|host|config)\/|^Pulumi|^services\.yaml|\.test\.|(?<!\.d)\.ts$/;
    expect(instance.files.filter((each) => own.test(each))).toEqual([]);
    expect(instance.files.filter((each) => /^toolchain\/(?!python\/)/.test(each))).toEqual([]);
    expect(instance.files).toEqual(
      expect.arrayContaining([
        ...["LICENSE", "README.md", "bin/maestro.js", "program.js", "dist/index.js"],
        ...["dist/operations/status.js", "dist/steps/healthGate.js"],
        ...["dist/types/engine.d.ts", "templates/instance/gitignore"],
        ...["plugin/PulumiPlugin.yaml", "plugin/index.js", "dist/plugin/provider.js"],
        ...["policy/PulumiPolicy.yaml", "policy/index.js", "dist/policy/pack.js"],
        ...["schemas/services.schema.json", "schemas/stack.schema.json"],
      ]),
    );
  });

  it("has types for the engine and for a stack's outputs", () => {
    const program = `
      import { releaseStack, type StackOutputs } from "maestro";
      import { readMaestro } from "maestro/outputs";
      export const url = readMaestro("organization/acme/demo").url.apply((it) => it.length);
      export const color = ({ activeColor }: StackOutputs) => activeColor;
      // @ts-expect-error -- there is no such output
      readMaestro("organization/acme/demo").nothing;
      export default () => releaseStack();`;
    writeFileSync(file("consumer.ts"), program);
    const options = {
      module: ts.ModuleKind.Node16,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    };
    const compiled = ts.createProgram([file("consumer.ts")], { ...options, types: [] });
    const found = ts.getPreEmitDiagnostics(compiled);
    expect(found.map(({ messageText }) => messageText)).toEqual([]);
  });

  it("starts every command for people", async () => {
    const runs = commandNames().map((name) => instance.maestro(name, "--help"));
    const failed = (await Promise.all(runs)).filter(({ exitCode }) => exitCode !== 0);
    expect(failed.map(({ output }) => output)).toEqual([]);
    expect(await succeed(instance.maestro("--version"))).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("has a template for `pulumi new`", async () => {
    const template = file("node_modules/maestro/templates/instance");
    const options = ["--generate-only", "--yes", "--name", "shop", "--dir", file("new")];
    await succeed(instance.pulumi("new", template, ...options));
    const written = readFileSync(file("new/Pulumi.yaml"), "utf8");
    expect(parse(written)).toMatchObject({ name: "shop", main: "index.js" });
    expect(written).not.toContain("template:\n");
  });
});

describe("an instance", () => {
  it("is written by `init`, with the service that its Dockerfile tells of", async () => {
    const options = ["--project", PROJECT, "--subnet", stack.subnet];
    const listen = ["--listen", stack.url.replace("http://", "")];
    const args = ["init", ".", ...select, ...options, ...listen];
    const { services, notes } = JSON.parse(
      await succeed(instance.maestro(...args, "--json")),
    ) as Record<string, string[]>;
    expect({ services, notes }).toEqual({ services: ["hello"], notes: [] });
    expect(parse(readFileSync(file("services.yaml"), "utf8"))).toEqual({
      services: {
        hello: {
          build: { context: "hello" },
          port: 8080,
          user: "10001:10001",
          health: { livePath: "/status/200", readyPath: "/status/200" },
        },
      },
    });
  });

  it("is never written over: every file in the way is named", async () => {
    const args = ["init", ".", "--project", PROJECT, ...select];
    const { exitCode, output } = await instance.maestro(...args);
    expect(exitCode).toBe(1);
    for (const name of ["Pulumi.yaml", `Pulumi.${STACK}.yaml`, "services.yaml", "index.js"]) {
      expect(output).toContain(`${file(name)}: is there already`);
    }
  });

  it("keeps its state itself", async () => {
    const variables = await instance.readEnvironment();
    expect(variables["PULUMI_BACKEND_URL"]).toBe(`file://${file(".maestro/state")}`);
  });

  it("releases its service, and a second version", async () => {
    await succeed(instance.maestro("setup", ...select));
    await succeed(instance.maestro("images", ...select));
    await up();
    expect(await served()).toBe("first");
    writeDockerfile("second");
    await succeed(instance.maestro("images", ...select));
    await up();
    expect(await served()).toBe("second");
    expect(await outputs()).toMatchObject({
      previewUrl: stack.previewUrl,
      history: [{}, {}],
    });
  });

  it("is kept in by a gate of its own, and goes back past it", async () => {
    writeFileSync(file("gate.js"), 'exports.ask = () => "nobody has approved it";');
    const key = "maestro:gates.modules[0].module";
    await succeed(instance.pulumi("config", "set", "--path", key, "gate.js", ...select));
    writeDockerfile("third");
    await succeed(instance.maestro("images", ...select));
    const refused = await instance.pulumi("up", "--yes", "--skip-preview", ...select);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("gate gate.js: nobody has approved it");
    expect(await served()).toBe("second");
  });

  it("goes back, and says what serves", async () => {
    await succeed(instance.maestro("rollback", ...select));
    expect(await served()).toBe("first");
    const status = await succeed(instance.maestro("status", "--json", ...select));
    expect(JSON.parse(status)).toMatchObject({ healthy: true, problems: [] });
  });

  it("has nothing to do in a second update", async () => {
    expect(await up()).toMatch(/\d+ unchanged/);
    expect(await served()).toBe("first");
  });

  it("is checked by the policy, and by its pack from the package", async () => {
    const key = "maestro:policy.level";
    await succeed(instance.pulumi("config", "set", "--path", key, "mandatory", ...select));
    const pack = ["--policy-pack", file("node_modules/maestro/policy")];
    const output = await succeed(instance.pulumi("preview", ...pack, ...select));
    expect(output).toContain("policy: every resource keeps it (mandatory)");
    expect(output).toMatch(/Policies:\s+\S+ maestro@v/);
  });

  it("leaves the machine only once its stack is gone", async () => {
    const refused = await instance.maestro("leave");
    expect(refused.exitCode).toBe(1);
    expect(refused.output).toContain(
      `${PROJECT}: containers of its stacks are on this machine: ${STACK} (`,
    );
  });

  it("is destroyed with all that it made, and nothing was written into the package", async () => {
    await succeed(instance.pulumi("state", "unprotect", "--all", "--yes", ...select));
    await succeed(instance.pulumi("destroy", "--yes", "--skip-preview", ...select));
    expect([...(await stack.containers()).keys()]).toEqual([]);
    // The machine's other projects, as this repository, have them still.
    expect(await succeed(instance.maestro("leave"))).toMatch(
      /registry +maestro-registry is kept for /,
    );
    expect(await usesOf(PROJECT, instance.directory)).toEqual([]);
    expect(instance.packageState()).toEqual(before);
  });
});
