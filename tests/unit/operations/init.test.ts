import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { packageRoot } from "../../../config/project";
import { pathInCheck, readDockerfile } from "../../../operations/init/dockerfile";
import { findByDockerfile } from "../../../operations/init/findServices";
import { serviceName } from "../../../operations/init/foundService";
import { writeInstance } from "../../../operations/init/writeInstance";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-init-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  writeFileSync(path.join(directory, file), text);
}
const read = (file: string) => readFileSync(path.join(directory, file), "utf8");

describe("readDockerfile", () => {
  it("takes port, user and health check of the last stage", () => {
    const text = `FROM golang AS build
EXPOSE 1
USER 5
FROM scratch
EXPOSE 8080/tcp 9090
USER 10001:10001
HEALTHCHECK --interval=5s \\
  CMD curl -f http://localhost:8080/healthz || exit 1`;
    expect(readDockerfile(text)).toEqual({
      port: 8080,
      user: "10001:10001",
      healthPath: "/healthz",
    });
  });

  it.each(["USER root", "USER 0", "USER app", "EXPOSE $PORT", "EXPOSE 53/udp", "HEALTHCHECK NONE"])(
    "takes nothing of %s",
    (line) => expect(readDockerfile(`FROM scratch\n${line}`)).toEqual({}),
  );
});

test.each([
  ["wget -q http://127.0.0.1/ready", "/ready"],
  ["curl http://localhost:80", "/"],
  ["curl http://example.com/x", undefined],
  ["pg_isready", undefined],
])("pathInCheck(%s) is %s", (command, wanted) => expect(pathInCheck(command)).toBe(wanted));

test.each([
  ["My_App", "my-app"],
  ["--x.y--", "x-y"],
  ["123", "service"],
  ["9lives", "lives"],
])("serviceName(%s) is %s", (text, wanted) => expect(serviceName(text)).toBe(wanted));

describe("findByDockerfile", () => {
  it("finds one a directory, relative to the instance, and says what it does not know", () => {
    put("apps/api/Dockerfile", "FROM scratch\nEXPOSE 80\nHEALTHCHECK CMD curl localhost");
    put("old/api/Dockerfile", "FROM scratch");
    put("node_modules/x/Dockerfile", "FROM scratch");
    put(".git/x/Dockerfile", "FROM scratch");
    const found = findByDockerfile(directory, path.join(directory, "infra"), "shop");
    expect(found.map(({ name, settings }) => [name, settings])).toEqual([
      ["api", { build: { context: "../apps/api" }, port: 80 }],
      ["old-api", { build: { context: "../old/api" } }],
    ]);
    expect(found[1]?.notes).toEqual([
      "old-api: its Dockerfile exposes no port; 8000 is assumed",
      "old-api: has no health check; GET /health and GET /ready must answer 2xx",
    ]);
  });

  it("calls one at the top like the project", () => {
    put("Dockerfile", "FROM scratch");
    const [only] = findByDockerfile(directory, directory, "shop");
    expect(only).toMatchObject({ name: "shop", settings: { build: { context: "." } } });
  });
});

describe("writeInstance", () => {
  const plan = () => ({
    directory,
    project: "shop",
    stack: "demo",
    config: { "maestro:kind": "local" },
    services: [{ name: "api", settings: { build: { context: "api" }, port: 80 }, notes: [] }],
    dependency: "file:../maestro",
  });

  it("fills in what `pulumi new` fills in, without the part that is for it", () => {
    writeInstance(plan());
    expect(parse(read("Pulumi.yaml"))).toMatchObject({ name: "shop", main: "index.js" });
    expect(read("Pulumi.yaml")).not.toContain("template");
    expect(parse(read("Pulumi.demo.yaml"))).toEqual({ config: { "maestro:kind": "local" } });
    expect(read("services.yaml")).toContain("  api:\n    build: { context: api }\n    port: 80\n");
    expect(JSON.parse(read("package.json"))).toMatchObject({
      name: "shop",
      dependencies: { maestro: "file:../maestro" },
    });
    expect(read(".gitignore")).toBe("node_modules/\n.maestro/\n");
  });

  it("keeps package.json and .gitignore, and says what they lack", () => {
    put("package.json", "{}");
    put(".gitignore", "/node_modules\n");
    const { written, notes } = writeInstance(plan());
    expect(written).not.toContain("package.json");
    expect(read("package.json")).toBe("{}");
    expect(notes).toEqual([
      'package.json: is kept; add "maestro": "file:../maestro" to its dependencies',
      ".gitignore: is kept; add .maestro/",
    ]);
  });

  it("writes nothing where a file is in the way, and names each", () => {
    put("Pulumi.yaml", "name: mine\n");
    put("index.js", "");
    expect(() => writeInstance(plan())).toThrow(/Pulumi\.yaml: is there.*\n.*index\.js: is there/);
    expect(() => read("services.yaml")).toThrow();
  });

  it("has a template whose version is the package's own", () => {
    const load = (file: string) =>
      JSON.parse(readFileSync(path.join(packageRoot(), file), "utf8")) as {
        version: string;
        dependencies: Record<string, string>;
      };
    const { dependencies } = load("templates/instance/package.json");
    expect(dependencies["maestro"]).toBe(load("package.json").version);
  });
});
