import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import fc from "fast-check";
import { packageRoot } from "../../config/project";
import { parseEnvFile } from "../../operations/secrets/envFile";
import { cacheRoot } from "../../config/paths";

jest.setTimeout(300_000);

const SOURCE = path.join(packageRoot(), "tests", "foreign", "compose");
const TEXTS = 20_000;
/** Pieces that mean something in one dialect or another. */
// prettier-ignore
const PIECES = [
  "A=", "B=", "A", "=", "\n", "\r\n", "'", '"', "#", " #", " ", "\t", "\\", "\\n", '\\"', "\\\\", "\\t", "\\x", "$", "$$", "${A}",
  "`", "pa", "é", "\u00a0", "\u2028", "\uFEFF", "\v", ":", "export ", "-", "//", "{", "}", "@", "%41",
];

/** Compose's own parser, built once for each version of it. */
async function composeParser(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.sum", "main.go"]) hash.update(readFileSync(path.join(SOURCE, file)));
  const directory = path.join(cacheRoot(), "foreign", hash.digest("hex").slice(0, 12));
  const binary = path.join(directory, "compose-env");
  mkdirSync(directory, { recursive: true });
  if (!existsSync(binary)) {
    const args = ["build", "-mod=readonly", "-o", binary, "."];
    await execa("go", args, { cwd: SOURCE, env: { CGO_ENABLED: "0" } });
  }
  return binary;
}

test("whatever is read from a .env file is what Compose's own parser reads", async () => {
  const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((all) => all.join(""));
  const texts = fc
    .sample(fc.tuple(fc.constantFrom("", "A="), text), TEXTS)
    .map((all) => all.join(""));
  const input = JSON.stringify(texts.map((each) => Buffer.from(each).toString("base64")));
  const { stdout } = await execa(await composeParser(), { input, maxBuffer: 1e9 });
  const answers = JSON.parse(stdout) as { values: Record<string, string> | null; error?: string }[];
  const different: unknown[] = [];
  let accepted = 0;
  texts.forEach((each, index) => {
    let values: Readonly<Record<string, string>>;
    try {
      values = parseEnvFile(".env", Buffer.from(each), () => true).values;
    } catch {
      return;
    }
    accepted += 1;
    const theirs = Object.entries(answers[index]?.values ?? { error: answers[index]?.error });
    const given = Object.fromEntries(theirs.filter(([, value]) => value !== ""));
    const isEqual =
      JSON.stringify(Object.entries(given).sort()) ===
      JSON.stringify(Object.entries(values).sort());
    if (!isEqual) different.push({ text: each, values, compose: given });
  });
  expect(different.slice(0, 5)).toEqual([]);
  expect(accepted).toBeGreaterThan(TEXTS / 50);
});
