import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findUnwanted } from "../../../operations/images/contextCheck";
import type { ServiceSource } from "../../../operations/images/services";

let context: string;
beforeEach(() => {
  context = mkdtempSync(path.join(tmpdir(), "maestro-context-"));
});
afterEach(() => rmSync(context, { recursive: true }));

function write(name: string, text = ""): void {
  mkdirSync(path.dirname(path.join(context, name)), { recursive: true });
  writeFileSync(path.join(context, name), text);
}

const service = (name: string): ServiceSource => ({
  ...{ name, context, directory: context, origin: context, buildArguments: {}, secrets: {} },
  dockerfile: path.join(context, "Dockerfile"),
});

function found(...names: readonly string[]): string[] {
  return findUnwanted(names.map(service)).map((line) =>
    line.replace(/ in \S+\.dockerignore,/, " in .dockerignore,"),
  );
}

it("what no image needs is named, once for all services that share a context", () => {
  ["Dockerfile", ".git/HEAD", "node_modules/a/index.js", ".env", "src/.env.local"].forEach((name) =>
    write(name),
  );
  ["keys/tls.pem", "src/main.js", ".env.example"].forEach((name) => write(name));
  expect(found("web", "api")).toEqual([
    "api: its build gets .env, .git, keys/tls.pem, node_modules, src/.env.local; name them in .dockerignore, so that they reach no image",
  ]);
});

it("what .dockerignore names is not, and what it takes back is", () => {
  write("Dockerfile");
  write(".git/HEAD");
  write(".env");
  write("certificates/ca.pem");
  write("web/node_modules/a/index.js");
  write(".dockerignore", "**/.git\n**/.env*\n**/node_modules\n**/*.pem\n!certificates/ca.pem\n");
  expect(found("web")).toEqual([
    "web: its build gets certificates/ca.pem; name them in .dockerignore, so that they reach no image",
  ]);
  write(".dockerignore", "**\n!src\n");
  expect(found("web")).toEqual([]);
});

it("a Dockerfile's own list counts before the context's", () => {
  write("Dockerfile");
  write(".env");
  write(".dockerignore", ".env\n");
  expect(found("web")).toEqual([]);
  write("Dockerfile.dockerignore", "src\n");
  expect(findUnwanted([service("web")])[0]).toMatch(
    /^web: its build gets \.env; name them in .*Dockerfile\.dockerignore, so/,
  );
});
