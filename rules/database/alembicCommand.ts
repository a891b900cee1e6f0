/** A migration command that is Alembic's `upgrade`. */
export interface AlembicCommand {
  /** Everything before the verb, with the options that say where the revisions are: `["alembic", "-c", "db/alembic.ini"]`. */
  readonly base: readonly string[];
  /** What it upgrades to: `head`, `heads`, `billing@head`, a revision. */
  readonly target: string;
}

/** Options of `alembic` itself that take a value of their own. */
const WITH_VALUE = new Set(["-c", "--config", "-n", "--name", "-x"]);

/**
 * Reads a service's migration command; null: it is not `alembic upgrade`, so no other command of Alembic's can be asked
 * in its place. `python -m alembic`, `uv run alembic` and the like count; what a shell is told does not.
 */
export function parseAlembic(command: readonly string[]): AlembicCommand | null {
  const program = command.findIndex((word) => word.split("/").at(-1) === "alembic");
  if (program === -1) return null;
  let verb = program + 1;
  while (command[verb]?.startsWith("-")) verb += WITH_VALUE.has(command[verb]!) ? 2 : 1;
  if (command[verb] !== "upgrade") return null;
  const rest = command.slice(verb + 1);
  if (rest.includes("--sql")) return null;
  const target = rest.find((word, index) => !word.startsWith("-") && rest[index - 1] !== "--tag");
  return target === undefined ? null : { base: command.slice(0, verb), target };
}
