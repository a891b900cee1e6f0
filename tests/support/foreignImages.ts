import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { buildImage } from "../../operations/images/buildImage";
import { createBuildSecrets } from "../../operations/images/buildSecrets";
import { contentHash } from "../../operations/images/contentHash";
import { tryDocker } from "../../toolchain/setup/dockerClient";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { packageRoot } from "../../config/project";
import { cacheRoot } from "../../config/paths";
import { pushImage } from "../../toolchain/setup/registry";

/** Images of services that nobody here wrote; see tests/foreign/README.md. */
export type ForeignImage = "python" | "go-httpbin" | "node";

const SOURCE = path.join("tests", "foreign");
const NAMESPACE = "localhost:5000/maestro-foreign";
const GO_PACKAGE = "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin";

/** The repository that a service names to run a foreign image. */
export function foreignRepository(image: ForeignImage): string {
  return `${NAMESPACE}/${image}`;
}

/** Builds a foreign image where it is missing, pushes it to the local registry and returns its digest. */
export async function pushForeignImage(image: ForeignImage): Promise<string> {
  const build = { python: buildPython, "go-httpbin": buildGoHttpbin, node: buildNode };
  const reference = await build[image]();
  return pushImage(reference, reference);
}

async function buildPython(): Promise<string> {
  const base = await ensureBaseImage("python");
  const directory = path.join(packageRoot(), SOURCE, "python");
  const dockerfile = path.join(directory, "Dockerfile");
  const content = contentHash({
    directory,
    dockerfile,
    ignoreFile: path.join(directory, ".dockerignore"),
    base: base.content,
    buildArguments: {},
  });
  const reference = `${foreignRepository("python")}:${content}`;
  if (await isBuilt(reference)) return reference;
  const secrets = createBuildSecrets();
  try {
    await buildImage(
      {
        context: directory,
        dockerfile,
        buildArguments: { PYTHON_IMAGE: base.reference },
        labels: {},
        secrets: secrets.arguments(),
        references: [reference],
      },
      () => undefined,
    );
  } finally {
    secrets.remove();
  }
  return reference;
}

async function buildGoHttpbin(): Promise<string> {
  const directory = path.join(packageRoot(), SOURCE, "go");
  const binary = await ensureGoBinary("go-httpbin", GO_PACKAGE);
  const dockerfile = path.join(directory, "Dockerfile");
  const key = createHash("sha256").update(readFileSync(dockerfile)).digest("hex").slice(0, 8);
  const version = path.basename(path.dirname(binary));
  const reference = `${foreignRepository("go-httpbin")}:${version}-${key}`;
  if (await isBuilt(reference)) return reference;
  const context = mkdtempSync(path.join(tmpdir(), "maestro-foreign-"));
  try {
    cpSync(binary, path.join(context, "go-httpbin"));
    await buildImage(
      { context, dockerfile, buildArguments: {}, labels: {}, secrets: [], references: [reference] },
      () => undefined,
    );
  } finally {
    rmSync(context, { recursive: true });
  }
  return reference;
}

/** The machine's own Node.js, since no image of it can be pulled. */
async function buildNode(): Promise<string> {
  const base = await ensureBaseImage("python");
  const directory = path.join(packageRoot(), SOURCE, "node");
  const names = ["Dockerfile", "package-lock.json", "server.js"];
  const key = createHash("sha256").update(`${process.version} ${base.content}`);
  for (const name of names) key.update(readFileSync(path.join(directory, name)));
  const reference = `${foreignRepository("node")}:${key.digest("hex").slice(0, 16)}`;
  if (await isBuilt(reference)) return reference;
  const context = mkdtempSync(path.join(tmpdir(), "maestro-foreign-"));
  try {
    const app = path.join(context, "app");
    cpSync(directory, app, { recursive: true });
    await execa("npm", ["ci", "--silent", "--ignore-scripts"], { cwd: app });
    cpSync(process.execPath, path.join(context, "node"), { dereference: true });
    const library = "libstdc++.so.6";
    const { stdout } = await execa("ldd", [process.execPath]);
    const found = new RegExp(`${library.replaceAll("+", "\\+")} => (\\S+)`).exec(stdout)?.[1];
    if (found) cpSync(found, path.join(context, library), { dereference: true });
    else writeFileSync(path.join(context, library), "");
    await buildImage(
      {
        ...{ context, dockerfile: path.join(directory, "Dockerfile"), labels: {}, secrets: [] },
        ...{ buildArguments: { PYTHON_IMAGE: base.reference }, references: [reference] },
      },
      () => undefined,
    );
  } finally {
    rmSync(context, { recursive: true });
  }
  return reference;
}

async function isBuilt(reference: string): Promise<boolean> {
  return (await tryDocker(["image", "inspect", reference])).ok;
}

/**
 * A program of a Go module that a go.mod of tests/foreign names as a tool, linked statically; its full path. It is kept
 * in the cache under the content of go.sum.
 *
 * @param folder of tests/foreign: what needs other versions than the rest has a go.mod of its own.
 */
export async function ensureGoBinary(
  name: string,
  goPackage: string,
  folder: "go" | "yaml" | "oasdiff" | "actions" | "gitleaks" | "cosign" | "age" | "pebble" = "go",
): Promise<string> {
  const modules = path.join(packageRoot(), SOURCE, folder);
  const sums = readFileSync(path.join(modules, "go.sum"));
  const key = createHash("sha256").update(sums).digest("hex").slice(0, 12);
  const file = path.join(cacheRoot(), "foreign", key, name);
  if (existsSync(file)) return file;
  mkdirSync(path.dirname(file), { recursive: true });
  // An interrupted build must not leave half a program under the final name.
  const staging = `${file}.${process.pid}`;
  const args = ["build", "-mod=readonly", "-ldflags", "-s -w", "-o", staging, goPackage];
  try {
    await execa("go", args, { cwd: modules, env: { CGO_ENABLED: "0" } });
    renameSync(staging, file);
  } finally {
    rmSync(staging, { force: true });
  }
  return file;
}
