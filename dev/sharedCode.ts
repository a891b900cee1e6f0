import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** A place where shared code would reach a build other than through the package index. */
export interface SharedCodeProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

const IGNORED = new Set(["node_modules", ".git", ".maestro", ".venv", "__pycache__"]);
const WAY_OUT = "publish it (`npm run packages -- publish`) and name it by version";

/** Names of files that this check reads, each with its rules. */
const CHECKS: readonly [RegExp, (line: string, packages: readonly string[]) => string | null][] = [
  [/^Dockerfile(\..+)?$|\.Dockerfile$/, checkDockerfile],
  [/^requirements.*\.(txt|in)$/, checkRequirement],
  [/^pyproject\.toml$/, checkProject],
];

/** Looks for `COPY` of shared packages and for dependencies by path below a directory. */
export function findSharedCode(root: string, packages: readonly string[]): SharedCodeProblem[] {
  return listFiles(root).flatMap((file) => {
    const check = CHECKS.find(([pattern]) => pattern.test(path.basename(file)))?.[1];
    if (!check) return [];
    return joinContinuations(readFileSync(file, "utf8")).flatMap(({ line, text }) => {
      const message = check(text, packages);
      return message === null ? [] : [{ file, line, message: `${message}; ${WAY_OUT}` }];
    });
  });
}

function checkDockerfile(line: string, packages: readonly string[]): string | null {
  const instruction = /^\s*(COPY|ADD)\s+(.*)$/i.exec(line);
  if (!instruction) return null;
  const sources = (instruction[2] ?? "")
    .split(/[\s,[\]"]+/)
    .filter((word) => !word.startsWith("--"));
  const shared = sources.slice(0, -1).find((source) => isShared(source, packages));
  return shared === undefined
    ? null
    : `${instruction[1]?.toUpperCase()} of shared code, got "${shared}"`;
}

function isShared(source: string, packages: readonly string[]): boolean {
  const parts = path.posix.normalize(source).split("/");
  const names = new Set(packages.flatMap((name) => [name, name.replaceAll("-", "_")]));
  return parts.includes("..") || parts.some((part) => part === "packages" || names.has(part));
}

function checkRequirement(line: string): string | null {
  const isPath =
    /^\s*(?:(?:-e|--editable)\b|\.{0,2}\/|file:|[\w.-]+(?:\[[^\]]*\])?\s*@\s*(?:file:|\.{0,2}\/))/;
  return isPath.test(line) ? `dependency by path, got "${line.trim()}"` : null;
}

function checkProject(line: string): string | null {
  const isPath =
    /\b(?:path|directory|file)\s*=\s*["'](?!https?:)[^"']*["']/.test(line) &&
    /^\s*["']?[\w.-]+["']?\s*=\s*[{[]/.test(line);
  const isUrl = /["'][\w.-]+(?:\[[^\]]*\])?\s*@\s*file:/.test(line);
  return isPath || isUrl ? `dependency by path, got "${line.trim()}"` : null;
}

/** Lines of a file; what ends in a backslash goes on. Comments are left out. */
function joinContinuations(text: string): { line: number; text: string }[] {
  const joined: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | null = null;
  text.split("\n").forEach((content, index) => {
    if (/^\s*#/.test(content)) return;
    const current: { line: number; text: string } = open ?? { line: index + 1, text: "" };
    current.text += content.replace(/\\\s*$/, " ");
    if (/\\\s*$/.test(content)) open = current;
    else {
      joined.push(current);
      open = null;
    }
  });
  return open ? [...joined, open] : joined;
}

function listFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter(({ name }) => !IGNORED.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(directory, entry.name);
      return entry.isDirectory() ? listFiles(full) : [full];
    });
}
