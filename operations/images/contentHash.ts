import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import dockerignore from "@balena/dockerignore";

/** Digits that tell contents apart; enough for a tag and short enough to read. */
const HASH_DIGITS = 16;

/** What an image is made of. */
export interface ImageInputs {
  /** Directory of the service. */
  readonly directory: string;
  readonly dockerfile: string;
  /** File that says which files never reach a build; need not exist. */
  readonly ignoreFile: string;
  /**
   * Whether the build's context is `directory` itself: then what `ignoreFile` names is no part of the image, nor is the
   * repository's own `.git`. @default false
   */
  readonly isContext?: boolean;
  /** Identity of the base image's content; empty: the Dockerfile names its own. */
  readonly base: string;
  readonly buildArguments: Readonly<Record<string, string>>;
}

/** Names an image by everything it is made of: equal inputs always give the same name. */
export function contentHash(inputs: ImageInputs): string {
  const hash = createHash("sha256");
  // Lengths keep neighbors apart: without them moving a byte from one file to the next would go unseen.
  const add = (label: string, content: Buffer | string) =>
    hash.update(`${label} ${Buffer.byteLength(content)}\n`).update(content);
  add("base", inputs.base);
  for (const [name, value] of Object.entries(inputs.buildArguments).sort()) add(name, value);
  add("Dockerfile", readFileSync(inputs.dockerfile));
  if (existsSync(inputs.ignoreFile)) add(".dockerignore", readFileSync(inputs.ignoreFile));
  for (const file of inputs.isContext ? listContext(inputs) : listFiles(inputs.directory)) {
    const full = path.join(inputs.directory, file);
    const stat = lstatSync(full);
    if (stat.isSymbolicLink()) add(`link ${file}`, readlinkSync(full));
    else add(`${(stat.mode & 0o111) === 0 ? "file" : "executable"} ${file}`, readFileSync(full));
  }
  return hash.digest("hex").slice(0, HASH_DIGITS);
}

/** A service's files by relative path, sorted, without what tools leave behind. */
function listFiles(directory: string): string[] {
  const isLeftover = (file: string) =>
    file.split(path.sep).includes("__pycache__") || file.endsWith(".pyc");
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter((file) => !isLeftover(file))
    .sort();
}

/** What reaches a build of a directory: as BuildKit reads the ignore file. */
function listContext({ directory, ignoreFile }: ImageInputs): string[] {
  const ignored = dockerignore().add([".git"]);
  if (existsSync(ignoreFile)) {
    ignored.add(readFileSync(ignoreFile, "utf8").split(/\r?\n/));
  }
  return listFiles(directory).filter((file) => !ignored.ignores(file));
}
