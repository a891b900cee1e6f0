import { readFileSync } from "node:fs";
import path from "node:path";
import { fixedParts, readMessageSources } from "../../../dev/messageSources";

const ROOT = path.join(__dirname, "../../..");
const rows = readFileSync(path.join(ROOT, "docs/troubleshooting.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| (?!Symptom|-)/.test(line))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const sources = readMessageSources(ROOT);

/** Words of Pulumi and of an SFTP server, which are in no source of this repository. */
const FOREIGN = [
  "the stack is currently locked by 1 lock(s)",
  "no stack named '",
  "' found",
  "Permission denied",
];

describe("docs/troubleshooting.md", () => {
  const quoted = rows.flatMap(([symptom = ""]) =>
    [...symptom.matchAll(/(`{1,2})(.+?)\1(?!`)/g)].map((found) => (found[2] ?? "").trim()),
  );

  it.each(quoted)("quotes what the program says: %s", (message) => {
    const unknown = fixedParts(message).filter(
      (part) => !sources.includes(part) && !FOREIGN.includes(part),
    );
    expect(unknown).toEqual([]);
  });

  it("has a cause and a remedy of its own in each row", () => {
    const poor = rows.filter(
      ([, cause = "", remedy = "", ...more]) =>
        cause.length < 5 || remedy.length < 5 || more.length > 0 || /as it says/.test(remedy),
    );
    expect(poor).toEqual([]);
  });
});
