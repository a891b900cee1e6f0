/** A statement that old code, data or waiting users may not survive. */
export interface DestructiveStatement {
  readonly kind: "drop" | "rename" | "not null" | "type" | "long lock" | "truncate";
  /** The statement's beginning, on one line. */
  readonly statement: string;
  readonly advice: string;
}

const RULES: readonly [DestructiveStatement["kind"], RegExp, string][] = [
  [
    "drop",
    /^DROP (?:TABLE|SCHEMA|TYPE|VIEW|MATERIALIZED VIEW|SEQUENCE)\b|\bDROP COLUMN\b|^ALTER TABLE .*\bDROP (?!CONSTRAINT|DEFAULT|NOT NULL|COLUMN|EXPRESSION|IDENTITY)\w+/i,
    "drop it in a later release, when no kept release reads it any more",
  ],
  ["truncate", /^(?:TRUNCATE\b|DELETE FROM \S+\s*$)/i, "keep the data, or take a backup first"],
  [
    "rename",
    /\bRENAME (?:TO|COLUMN|CONSTRAINT)\b|^ALTER TABLE .*\bRENAME \w+ TO\b/i,
    "add the new name beside the old one (expand), and drop the old one later (contract)",
  ],
  [
    "not null",
    /\bALTER COLUMN \S+ SET NOT NULL\b|\bADD (?:COLUMN )?(?!CONSTRAINT\b)\S+ (?!.*\bDEFAULT\b)(?!.*\bGENERATED\b).*\bNOT NULL\b/i,
    "give it a default, or fill it first; releases that do not know it insert without it",
  ],
  [
    "type",
    /\bALTER COLUMN \S+ (?:SET DATA )?TYPE\b/i,
    "add a column of the new type beside the old one",
  ],
  [
    "long lock",
    /^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY\b)|^(?:VACUUM FULL|CLUSTER|REINDEX (?!.*CONCURRENTLY))|\bADD CONSTRAINT (?!.*NOT VALID).*\b(?:FOREIGN KEY|CHECK)\b|^LOCK TABLE\b/i,
    "CREATE INDEX CONCURRENTLY, or NOT VALID and VALIDATE later: writers wait meanwhile",
  ],
];

/** Objects that a migration makes itself: what happens to those before anybody uses them hurts nobody. */
const CREATED_TABLE = /^CREATE TABLE (?:IF NOT EXISTS )?("?[\w.]+"?)/i;

/** Finds what is destructive in the SQL of migrations (`alembic upgrade --sql`). */
export function findDestructive(sql: string): DestructiveStatement[] {
  const created = new Set<string>();
  return splitStatements(sql).flatMap((statement) => {
    const table = CREATED_TABLE.exec(statement)?.[1];
    if (table !== undefined) created.add(bare(table));
    const on =
      /^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX .*? ON|LOCK TABLE)(?: IF EXISTS| ONLY)* ("?[\w.]+"?)/i.exec(
        statement,
      )?.[1];
    if (on !== undefined && (created.has(bare(on)) || bare(on) === "alembic_version")) return [];
    return RULES.filter(([, pattern]) => pattern.test(statement)).map(([kind, , advice]) => ({
      kind,
      statement: statement.slice(0, 160),
      advice,
    }));
  });
}

function bare(name: string): string {
  return name.replaceAll('"', "").toLowerCase();
}

/** Statements without comments, each on one line; texts and function bodies count as one word. */
export function splitStatements(sql: string): string[] {
  const parts =
    /--[^\n]*|\/\*[^]*?\*\/|(\$\w*\$)[^]*?\1|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^;'"$/-]+|[^]/g;
  const statements: string[] = [];
  let current = "";
  for (const [part, tag] of sql.matchAll(parts)) {
    if (part === ";") {
      statements.push(current);
      current = "";
    } else if (part.startsWith("--") || part.startsWith("/*")) current += " ";
    else if (tag !== undefined) current += "$body$";
    else if (part.startsWith("'") && part.length > 1) current += "'text'";
    else current += part;
  }
  statements.push(current);
  return statements.map((each) => each.replace(/\s+/g, " ").trim()).filter(Boolean);
}
