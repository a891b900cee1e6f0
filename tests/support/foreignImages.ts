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
export type ForeignImage = GoImage | keyof typeof BUILDS;

const SOURCE = path.join("tests", "foreign");
const NAMESPACE = "localhost:5000/maestro-foreign";
/** Programs of Go modules, each in an image of its own; jaeger takes eight minutes on two cores, so no test of CI has it. */
const GO_IMAGES = {
  "go-httpbin": { goPackage: "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin", folder: "go" },
  "victoria-logs": {
    goPackage: "github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs",
    folder: "victoriaLogs",
  },
  jaeger: { goPackage: "github.com/jaegertracing/jaeger/cmd/jaeger", folder: "jaeger" },
} as const;
type GoImage = keyof typeof GO_IMAGES;
/** Folders of tests/foreign with a go.mod. */
type GoFolder =
  | (typeof GO_IMAGES)[GoImage]["folder"]
  | (
      | "yaml"
      | "oasdiff"
      | "actions"
      | "gitleaks"
      | "cosign"
      | "age"
      | "pebble"
      | "compose"
      | "alloy"
      | "versitygw"
    );

/** Images of services in other languages, each of a folder of tests/foreign. */
const BUILDS = {
  python: () => buildPython("python", "python"),
  node: () => buildNode("node", "node"),
  "traced-python": () => buildPython("traced-python", path.join("traced", "python")),
  "traced-node": () => buildNode("traced-node", path.join("traced", "node")),
};

/** The repository that a service names to run a foreign image. */
export function foreignRepository(image: ForeignImage): string {
  return `${NAMESPACE}/${image}`;
}

/** Builds a foreign image where it is missing, pushes it to the local registry and returns its digest. */
export async function pushForeignImage(image: ForeignImage): Promise<string> {
  const reference = await (image in GO_IMAGES
    ? buildGo(image as GoImage)
    : BUILDS[image as keyof typeof BUILDS]());
  return pushImage(reference, reference);
}

async function buildPython(image: ForeignImage, folder: string): Promise<string> {
  const base = await ensureBaseImage("python");
  const directory = path.join(packageRoot(), SOURCE, folder);
  const dockerfile = path.join(directory, "Dockerfile");
  const content = contentHash({
    directory,
    dockerfile,
    ignoreFile: path.join(directory, ".dockerignore"),
    base: base.content,
    buildArguments: {},
  });
  const reference = `${foreignRepository(image)}:${content}`;
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

async function buildGo(name: GoImage): Promise<string> {
  const { goPackage, folder } = GO_IMAGES[name];
  const directory = path.join(packageRoot(), SOURCE, folder);
  const binary = await ensureGoBinary(name, goPackage, folder);
  const dockerfile = path.join(directory, "Dockerfile");
  const key = createHash("sha256").update(readFileSync(dockerfile)).digest("hex").slice(0, 8);
  const version = path.basename(path.dirname(binary));
  const reference = `${foreignRepository(name)}:${version}-${key}`;
  if (await isBuilt(reference)) return reference;
  const context = mkdtempSync(path.join(tmpdir(), "maestro-foreign-"));
  try {
    cpSync(binary, path.join(context, name));
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
async function buildNode(image: ForeignImage, folder: string): Promise<string> {
  const base = await ensureBaseImage("python");
  const directory = path.join(packageRoot(), SOURCE, folder);
  const names = ["Dockerfile", "package-lock.json", "server.js"];
  const key = createHash("sha256").update(`${process.version} ${base.content}`);
  for (const name of names) key.update(readFileSync(path.join(directory, name)));
  const reference = `${foreignRepository(image)}:${key.digest("hex").slice(0, 16)}`;
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
 * in the cache under the content of go.sum, and of main.go where the program is one of ours.
 *
 * @param goPackage `.`: main.go of the folder.
 * @param folder of tests/foreign: what needs other versions than the rest has a go.mod of its own.
 */
export async function ensureGoBinary(
  name: string,
  goPackage: string,
  folder: GoFolder = "go",
): Promise<string> {
  const modules = path.join(packageRoot(), SOURCE, folder);
  const own = goPackage === "." ? ["main.go"] : [];
  const hash = createHash("sha256");
  for (const each of ["go.sum", ...own]) hash.update(readFileSync(path.join(modules, each)));
  const key = hash.digest("hex").slice(0, 12);
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
