import { existsSync } from "node:fs";
import path from "node:path";
import type { Prices } from "../rules/analytics/costs";
import { checkSchema, formatPath } from "./checkSchema";
import { instanceRoot } from "./project";
import { parseYamlFile } from "./readServicesFile";
import { pricesSchema } from "./schemas/prices";

const DEFAULT_FILE = "prices.yaml";

/**
 * The project's table of prices; null: it has none.
 *
 * @param named a file in its place, relative to the project.
 * @throws Error with every problem of the file, by its path.
 */
export function readPrices(named?: string, root = instanceRoot()): Prices | null {
  const file = path.resolve(root, named ?? DEFAULT_FILE);
  if (named === undefined && !existsSync(file)) return null;
  const { content, issues } = parseYamlFile(file, "name the table of prices that is there");
  if (issues.length > 0) throw new Error(issues.join("\n"));
  const locate = (at: readonly PropertyKey[]) =>
    at.length === 0 ? file : `${file}: ${formatPath(at)}`;
  const checked = checkSchema(pricesSchema, content ?? {}, locate);
  if (checked.value === undefined) throw new Error(checked.issues.join("\n"));
  return checked.value;
}
