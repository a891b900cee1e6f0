/** Shell lines that make an image of another version out of the built one. */
export const VERSIONS = {
  /** Knows `name` alone, as before revision 0002. */
  first: ["rm /app/migrations/versions/000[234]_*", "sed -i 's/title/name/g' /app/store.py"],
  /** Knows `name` and `title`: the expansion. */
  expanded: ["rm /app/migrations/versions/000[34]_*"],
  /** The index, too. */
  indexed: ["rm /app/migrations/versions/0004_*"],
  /** All revisions: `name` is dropped. */
  contracted: ["true"],
} as const;

const VERSIONS_DIRECTORY = "/app/migrations/versions";

/** Shell line that writes a revision without an effect. */
export function emptyRevision(
  revision: string,
  down: string,
  more: readonly string[] = [],
  upgrade = "def upgrade(): pass",
): string {
  const head = [
    `"""revision ${revision}"""`,
    `revision = "${revision}"`,
    `down_revision = "${down}"`,
  ];
  const body = ["compatible = True", ...more, upgrade, "def downgrade(): pass"];
  return `printf '%s\\n' ${[...head, ...body].map((line) => `'${line}'`).join(" ")} > ${VERSIONS_DIRECTORY}/${revision}.py`;
}

/** Two lines: the index, and beside it a revision with a label of its own. */
export function forked(): string[] {
  const side = emptyRevision("side", "0002", ['branch_labels = ("Side_2",)']);
  return [...VERSIONS.indexed, side];
}

/** Both lines, joined by Alembic itself. */
export function joined(): string[] {
  return [...forked(), "cd /app && alembic merge -m joined --rev-id joined heads"];
}

/** One more, which asks the database for data: there is no SQL of it without one. */
export function reading(): string[] {
  const upgrade = 'def upgrade(): assert op.get_bind().exec_driver_sql("SELECT 1").scalar() == 1';
  return [...joined(), emptyRevision("reads", "joined", ["from alembic import op"], upgrade)];
}

/** A correction of the first version, with a revision that nothing later follows. */
export function corrected(): string[] {
  return [...VERSIONS.first, emptyRevision("fix", "0001")];
}

/** What the revision in {@link disturbable} asks: whether it fails, and whether it waits. */
export const DISTURBANCE = "test_disturbance";

/** Revision 0009 after 0002, of five statements: the third fails while `divisor` is 0, the fourth waits while `hold` is true. */
export function disturbable(): string[] {
  const statements = [
    "CREATE TABLE notes (n int)",
    "INSERT INTO notes VALUES (1)",
    `INSERT INTO notes SELECT 1 / divisor FROM ${DISTURBANCE}`,
    `DO $$ BEGIN WHILE (SELECT hold FROM ${DISTURBANCE}) LOOP PERFORM pg_sleep(0.1); END LOOP; END $$`,
    "INSERT INTO notes VALUES (2)",
  ];
  const body = statements.map((each) => `    op.execute("${each}")`).join("\\n");
  const head = `from alembic import op\\nrevision = "0009"\\ndown_revision = "0002"\\ncompatible = True`;
  const text = `${head}\\ndef upgrade():\\n${body}\\ndef downgrade():\\n    op.execute("DROP TABLE notes")\\n`;
  return [...VERSIONS.expanded, `printf '${text}' > /app/migrations/versions/0009_disturbable.py`];
}

/** Revision 0001, then so many that do nothing. */
export function longHistory(revisions: number): string[] {
  const text = [
    'revision = "%s"',
    'down_revision = "%s"',
    "compatible = True",
    "def upgrade(): pass",
    "def downgrade(): pass",
  ].join("\\n");
  const write = `printf '${text}\\n' "$each" "$last" > /app/migrations/versions/$each.py`;
  const names = `$(seq -f 'r%05g' 1 ${revisions})`;
  return [...VERSIONS.first, `last=0001; for each in ${names}; do ${write}; last=$each; done`];
}
