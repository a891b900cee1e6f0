import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stackFilePath } from "../../config/project";
import { findDeclaredServices } from "../images/declaredServices";

interface RevisionFile {
  readonly revision: string;
  readonly down: readonly string[];
}

/** Makes an empty revision after the newest one in a service's source, and returns its file. */
export function createRevision(
  stack: string,
  service: string | undefined,
  message: string,
): Promise<string> {
  const { versions, known, ends } = readRevisions(stack, service);
  if (ends.length > 1) {
    throw new Error(
      `${versions}: must end in one revision, got ${ends.join(", ")}; join them first with ` +
        `\`npm run migrate -- merge --service ${service}\``,
    );
  }
  return writeRevision(versions, known, ends, message);
}

/** Joins the newest revisions in a service's source by one that does nothing itself, and returns its file. */
export function mergeRevisions(
  stack: string,
  service: string | undefined,
  message: string,
): Promise<string> {
  const { versions, known, ends } = readRevisions(stack, service);
  if (ends.length < 2) {
    throw new Error(
      `${versions}: ends in ${ends.join(", ") || "no revision"}, so there is nothing to join`,
    );
  }
  return writeRevision(versions, known, ends, message);
}

/** The source is where the stack's services.yaml says that the service is built from. */
function readRevisions(stack: string, service: string | undefined) {
  if (service === undefined) throw new Error("--service: is required; name one service");
  const file = stackFilePath(stack);
  const [source] = findDeclaredServices(file, stack, [service]).services;
  const versions = path.join(source!.directory, "migrations", "versions");
  if (!existsSync(versions)) {
    throw new Error(`--service: ${service} has no migrations; there is no ${versions}`);
  }
  const known = readdirSync(versions)
    .filter((file) => file.endsWith(".py") && file !== "__init__.py")
    .map((file) => readRevision(path.join(versions, file)));
  const followed = new Set(known.flatMap(({ down }) => down));
  const ends = known.map(({ revision }) => revision).filter((each) => !followed.has(each));
  return { versions, known, ends: ends.sort() };
}

/** `revision = "..."`, as written by hand; `revision: str = '...'`, as Alembic's own template has it. */
const REVISION = /^revision(?:\s*:[^=\n]+)?\s*=\s*["']([^"']+)["']/m;
const DOWN = /^down_revision(?:\s*:[^=\n]+)?\s*=\s*(\([^)]*\)|\[[^\]]*\]|[^\n]*)/m;

/** Finds out of a revision's source what it is called and what it follows. */
export function parseRevision(text: string): RevisionFile | null {
  const revision = REVISION.exec(text)?.[1];
  if (revision === undefined) return null;
  const named = (DOWN.exec(text)?.[1] ?? "").matchAll(/["']([^"']+)["']/g);
  return { revision, down: [...named].map((match) => match[1]!) };
}

function readRevision(file: string): RevisionFile {
  const found = parseRevision(readFileSync(file, "utf8"));
  if (found) return found;
  throw new Error(`${file}: says no \`revision = "..."\`; add it`);
}

function writeRevision(
  versions: string,
  known: readonly RevisionFile[],
  down: readonly string[],
  message: string,
): Promise<string> {
  const slug = message
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
  if (slug === "") throw new Error(`--message: must have letters or digits, got "${message}"`);
  const names = new Set(known.map(({ revision }) => revision));
  let number = known.length + 1;
  while (names.has(nameOf(number))) number++;
  const file = path.join(versions, `${nameOf(number)}_${slug.slice(0, 40)}.py`);
  writeFileSync(file, render(message, nameOf(number), down), { flag: "wx" });
  return Promise.resolve(file);
}

function nameOf(number: number): string {
  return String(number).padStart(4, "0");
}

function render(message: string, revision: string, down: readonly string[]): string {
  const head = `"""${message.replaceAll('"', "'")}"""\n`;
  const named = down.map((each) => `"${each}"`);
  const isMerge = down.length > 1;
  const follows = isMerge ? `(${named.join(", ")})` : (named[0] ?? "None");
  const about = `revision = "${revision}"
down_revision = ${follows}
# True: services that know only earlier revisions still work after this one (an expansion).
compatible = ${isMerge ? "True" : "False"}
`;
  if (isMerge) {
    return `${head}\n${about}\n\ndef upgrade() -> None:\n    pass\n\n\ndef downgrade() -> None:\n    pass\n`;
  }
  return `${head}
from alembic import op

${about}

def upgrade() -> None:
    op.execute("SELECT 1")


def downgrade() -> None:
    op.execute("SELECT 1")
`;
}
