import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../config/project";

/** Makes an empty revision after the newest one in a service's source, and returns its file. */
export function createRevision(service: string | undefined, message: string): Promise<string> {
  if (service === undefined) throw new Error("--service: is required; name one service");
  const slug = message
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
  if (slug === "") throw new Error(`--message: must have letters or digits, got "${message}"`);
  const directory = path.join(projectRoot(), "examples", "services", service, "migrations");
  const versions = path.join(directory, "versions");
  if (!existsSync(versions)) {
    throw new Error(`--service: ${service} has no migrations; there is no ${versions}`);
  }
  const known = readdirSync(versions)
    .filter((file) => file.endsWith(".py"))
    .map((file) => readRevision(path.join(versions, file)));
  const followed = new Set(known.map(({ down }) => down));
  const heads = known.filter(({ revision }) => !followed.has(revision));
  if (heads.length !== 1) {
    const found = heads.map(({ revision }) => revision).join(", ");
    throw new Error(`${versions}: must end in one revision, got ${found}; join them first`);
  }
  const down = heads[0]!.revision;
  const next = String(known.length + 1).padStart(4, "0");
  const file = path.join(versions, `${next}_${slug.slice(0, 40)}.py`);
  writeFileSync(file, render(message, next, down), { flag: "wx" });
  return Promise.resolve(file);
}

function readRevision(file: string): { revision: string; down: string | null } {
  const text = readFileSync(file, "utf8");
  const revision = /^revision = "([^"]+)"/m.exec(text)?.[1];
  if (revision === undefined) throw new Error(`${file}: says no \`revision = "..."\`; add it`);
  return { revision, down: /^down_revision = "([^"]+)"/m.exec(text)?.[1] ?? null };
}

function render(message: string, revision: string, down: string): string {
  return `"""${message.replaceAll('"', "'")}"""

from alembic import op

revision = "${revision}"
down_revision = "${down}"
# True: services that know only earlier revisions still work after this one (an expansion).
compatible = False


def upgrade() -> None:
    op.execute("SELECT 1")


def downgrade() -> None:
    op.execute("SELECT 1")
`;
}
