import execa from "execa";
import fc from "fast-check";
import { parseEnvFile } from "../../operations/secrets/envFile";
import { ensureGoBinary } from "../support/foreignImages";

jest.setTimeout(300_000);

const TEXTS = 20_000;
/** Pieces that mean something in one dialect or another. */
// prettier-ignore
const PIECES = [
  "A=", "B=", "A", "=", "\n", "\r\n", "'", '"', "#", " #", " ", "\t", "\\", "\\n", '\\"', "\\\\", "\\t", "\\x", "$", "$$", "${A}",
  "`", "pa", "é", "\u00a0", "\u2028", "\uFEFF", "\v", ":", "export ", "-", "//", "{", "}", "@", "%41",
];

test("whatever is read from a .env file is what Compose's own parser reads", async () => {
  const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((all) => all.join(""));
  const texts = fc
    .sample(fc.tuple(fc.constantFrom("", "A="), text), TEXTS)
    .map((all) => all.join(""));
  const input = JSON.stringify(texts.map((each) => Buffer.from(each).toString("base64")));
  // Compose's own parser, behind standard input and output: tests/foreign/compose.
  const parser = await ensureGoBinary("compose-env", ".", "compose");
  const { stdout } = await execa(parser, { input, maxBuffer: 1e9 });
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
