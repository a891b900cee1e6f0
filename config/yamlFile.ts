import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { parseDocument, type Document } from "yaml";

/** No folding: a long secret must stay on its line. */
const FORMAT = { lineWidth: 0 };

/** A YAML file with its comments and order; an empty document where there is no file. */
export function readYaml(file: string): Document {
  const document = parseDocument(existsSync(file) ? readFileSync(file, "utf8") : "");
  const [problem] = document.errors;
  if (problem) throw new Error(`${file}: ${problem.message}`);
  return document;
}

/**
 * Changes a YAML file in place: what `edit` does not touch stays as it is, comments included. A reader sees the old
 * file or the new one, never half of it. Says whether the file had to change.
 */
export function editYaml(file: string, edit: (document: Document) => void): boolean {
  const document = readYaml(file);
  const before = document.toString(FORMAT);
  edit(document);
  const after = document.toString(FORMAT);
  if (after === before) return false;
  const partial = `${file}.${process.pid}`;
  const mode = existsSync(file) ? statSync(file).mode : 0o644;
  writeFileSync(partial, after, { mode });
  renameSync(partial, file);
  return true;
}
