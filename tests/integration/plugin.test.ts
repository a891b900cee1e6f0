import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { packageRoot } from "../../config/project";
import { deriveRelease } from "../support/derivedImages";
import { edgeImage } from "../support/edgeStack";
import { ensureGoBinary, foreignRepository, pushForeignImage } from "../support/foreignImages";
import { PackedInstance } from "../support/packedInstance";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const STACK = "itest-plugin";
const YAML_HOST = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml";
const PLUGIN = "./node_modules/maestro/plugin";
const select = ["--stack", STACK];

let project: PackedInstance;
let stack: TestStack;
let first: string;
let second: string;
let example: string;

beforeAll(async () => {
  const host = path.dirname(await ensureGoBinary("pulumi-language-yaml", YAML_HOST, "yaml"));
  first = await pushForeignImage("go-httpbin");
  const derived = await deriveRelease({ "go-httpbin": first }, "plugin-2", {
    namespace: "maestro-foreign",
    from: "maestro-foreign",
  });
  second = derived["go-httpbin"]!;
  project = await PackedInstance.create({ PATH: `${process.env["PATH"]}:${host}` });
  stack = new TestStack(STACK, { root: project.directory, name: "shop" });
  cpSync(path.join(packageRoot(), "examples/yaml/Pulumi.yaml"), file("Pulumi.yaml"));
  example = readFileSync(file("Pulumi.yaml"), "utf8");
  await project.readEnvironment();
  await succeed(project.pulumi("stack", "init", STACK));
  await configure({
    repository: foreignRepository("go-httpbin"),
    nginx: edgeImage(),
    listen: stack.url.slice("http://".length),
    preview: stack.previewUrl.slice("http://".length),
    subnet: stack.subnet,
  });
});

afterAll(async () => {
  await project.pulumi("state", "unprotect", "--all", "--yes", ...select);
  await project.pulumi("destroy", "--yes", "--skip-preview", ...select);
  project.remove();
});

const file = (name: string) => path.join(project.directory, name);
const up = (...args: string[]) =>
  project.pulumi("up", "--yes", "--skip-preview", ...args, ...select);

async function configure(values: Readonly<Record<string, string>>): Promise<void> {
  const pairs = Object.entries(values).flatMap(([key, value]) => [
    "--plaintext",
    `${key}=${value}`,
  ]);
  await succeed(project.pulumi("config", "set-all", ...pairs, ...select));
}

async function outputs(): Promise<Record<string, unknown>> {
  const text = await succeed(project.pulumi("stack", "output", "--json", ...select));
  return JSON.parse(text) as Record<string, unknown>;
}

async function serves(): Promise<number> {
  return (await fetch(`${stack.url}/web/status/200`)).status;
}

describe("the plugin of the packed program", () => {
  it("prints its schema", async () => {
    const text = await succeed(project.pulumi("package", "get-schema", PLUGIN));
    const { name, resources } = JSON.parse(text.slice(text.indexOf("{"))) as {
      name: string;
      resources: object;
    };
    expect(name).toBe("maestro");
    expect(Object.keys(resources)).toEqual([
      "maestro:index:ImageRegistry",
      "maestro:index:Release",
    ]);
  });

  it("is added to a program by `pulumi package add`", async () => {
    writeFileSync(file("Pulumi.yaml"), "name: shop\nruntime: yaml\n");
    await succeed(project.pulumi("package", "add", PLUGIN));
    const { packages } = parse(readFileSync(file("Pulumi.yaml"), "utf8")) as { packages: unknown };
    expect(packages).toEqual({ maestro: PLUGIN });
    writeFileSync(file("Pulumi.yaml"), example);
  });
});

describe("a program in YAML", () => {
  it("is told every mistake at once, by path, and nothing is made", async () => {
    await configure({ digest: "sha256:12", listen: "here" });
    const { exitCode, output } = await up();
    expect(exitCode).not.toBe(0);
    expect(output).toContain("2 problems in the configuration");
    expect(output).toContain('release.web: must have 64 hex digits, has 2, got "sha256:12"');
    expect(output).toContain("edge.listen: must be");
    expect([...(await stack.containers()).keys()]).toEqual([]);
    await configure({ listen: stack.url.slice("http://".length) });
  });

  it("releases a service that nobody here wrote", async () => {
    await configure({ digest: first });
    await succeed(up());
    expect(await serves()).toBe(200);
    expect(await outputs()).toMatchObject({
      url: stack.url.replace("127.0.0.1", "localhost"),
      activeColor: "blue",
      repositories: { web: "localhost:5000/shop/web" },
    });
  });

  it("has nothing to do in a second update", async () => {
    await succeed(up("--expect-no-changes"));
  });

  it("releases the next digest on the other set, and goes back to the one before without placing it again", async () => {
    const { releaseId } = await outputs();
    const before = await stack.containers("blue");
    await configure({ digest: second });
    await succeed(up());
    expect(await outputs()).toMatchObject({ activeColor: "green" });
    await configure({ digest: first });
    expect(await succeed(up())).toContain("is warm on blue: only the traffic moves");
    expect(await outputs()).toMatchObject({ activeColor: "blue", releaseId });
    expect(await stack.containers("blue")).toEqual(before);
    expect(await serves()).toBe(200);
  });

  it("has one release in a stack", async () => {
    const twice = example.replace(
      "\noutputs:",
      '\n  other: { type: maestro:Release, properties: { kind: local, services: { web: {} }, release: { web: "${digest}" }, edge: { image: "${nginx}" } } }\noutputs:',
    );
    writeFileSync(file("Pulumi.yaml"), twice);
    const { exitCode, output } = await project.pulumi("preview", ...select);
    writeFileSync(file("Pulumi.yaml"), example);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(
      /has a release already, and its containers are named after the stack; make a second stack/,
    );
  });

  it("refuses a secret where settings are recorded in plain text", async () => {
    await succeed(project.pulumi("config", "set", "--secret", "digest", second, ...select));
    const { exitCode, output } = await project.pulumi("preview", ...select);
    await configure({ digest: first });
    expect(exitCode).not.toBe(0);
    expect(output).toContain(
      "web.release: holds a secret, but settings are recorded in plain text",
    );
  });

  it("is destroyed with all that it made", async () => {
    await succeed(project.pulumi("state", "unprotect", "--all", "--yes", ...select));
    await succeed(project.pulumi("destroy", "--yes", "--skip-preview", ...select));
    expect([...(await stack.containers()).keys()]).toEqual([]);
  });
});
