import { createHash } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Grant, Grants } from "../rules/access/roles";

/** Name of the file in a project that says who may do what. It is in no setting, so that no stack's file can turn it off. */
export const ACCESS_FILE = "access.yaml";

/** Who may do what to a project's stacks. */
export interface AccessRules {
  readonly file: string;
  /** SHA-256 of the file, the first 12 hex digits: by which rules something was done. */
  readonly version: string;
  readonly roles: Grants;
  /** Who may do without a role, for a reason that goes on record. */
  readonly breakGlass: readonly Grant[];
  /** Who signs the jobs' tokens: addresses whose OpenID configuration is asked. */
  readonly issuers: { readonly github: string; readonly gitlab: string };
  readonly audience: string;
  /** How old events are at least before anybody may take them out of the record. */
  readonly keepEventsDays: number;
}

/** The file is there and cannot be used: nobody knows who may do what, so nothing may be changed. */
export class AccessFileError extends Error {
  public override readonly name = "AccessFileError";

  /** @param issues one line each, with the file in front. */
  constructor(public readonly issues: readonly string[]) {
    super(["nobody can say who may change something:", ...issues].join("\n  "));
  }
}

/**
 * The rules of a project; null: it has none, and everybody who can may do everything.
 *
 * @param root the project's directory.
 * @throws AccessFileError naming every mistake of the file.
 */
export async function readAccess(root: string): Promise<AccessRules | null> {
  const file = path.join(root, ACCESS_FILE);
  // A link that leads nowhere is no missing file.
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return null;
  // Loaded only here: a project without the file pays for no schema.
  const [{ checkSchema, formatPath }, { accessSchema }, { parseYamlFile }] = await Promise.all([
    import("./checkSchema"),
    import("./schemas/access"),
    import("./readServicesFile"),
  ]);
  const { content, issues } = parseYamlFile(file, "put it back");
  if (issues.length > 0) throw new AccessFileError(issues);
  const locate = (at: readonly PropertyKey[]) =>
    at.length === 0 ? file : `${file}: ${formatPath(at)}`;
  const checked = checkSchema(accessSchema, content ?? {}, locate);
  if (checked.value === undefined) throw new AccessFileError(checked.issues);
  const version = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
  return { ...(checked.value as Omit<AccessRules, "file" | "version">), file, version };
}
