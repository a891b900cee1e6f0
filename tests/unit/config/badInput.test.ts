import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CONTAINER_ROWS, SERVICE_ROWS } from "../../support/badInput/services";
import { STACK_ROWS } from "../../support/badInput/stack";
import type { BadInput } from "../../support/badInput/row";

const ROWS = [...SERVICE_ROWS, ...CONTAINER_ROWS, ...STACK_ROWS].sort((a, b) => a.row - b.row);
const GIVEN = ROWS.filter((row): row is BadInput & { refuse: object } => row.refuse !== null);
const DOCUMENT = path.join(__dirname, "../../../docs/bad-input.md");
const START = "<!-- rows: written by `UPDATE_DOCS=1 npm run test:unit -- badInput` -->\n";

describe("bad input", () => {
  it.each(GIVEN)("$row: $input", async ({ refuse, messages }) => {
    expect(await refuse()).toEqual(messages);
  });

  it("has 45 rows", () => {
    const numbers = new Set(ROWS.map(({ row }) => row));
    expect([...numbers]).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
  });

  it("is listed in docs/bad-input.md, with each message and test", () => {
    const written = readFileSync(DOCUMENT, "utf8");
    const head = written.slice(0, written.indexOf(START) + START.length);
    const wanted = `${head}\n${renderTable()}`;
    if (process.env["UPDATE_DOCS"]) writeFileSync(DOCUMENT, wanted);
    expect(readFileSync(DOCUMENT, "utf8")).toBe(wanted);
    const files = ROWS.flatMap(({ more = [] }) => more);
    expect(files.filter((file) => !existsSync(path.join(__dirname, "../../..", file)))).toEqual([]);
  });
});

function renderTable(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const code = (text: string) => `\`\`${text.includes("`") ? ` ${text} ` : text}\`\``;
  const lines = ROWS.map(({ row, input, messages, refuse, more = [] }) => {
    const own = refuse ? ["tests/unit/config/badInput.test.ts"] : [];
    const tests = [...own, ...more].map(
      (file) => `[${path.basename(file, ".test.ts")}](../${file})`,
    );
    const said = refuse ? messages.map(code).join("<br>") : `_none_: ${messages.join(" ")}`;
    return `| ${row} | ${cell(input)} | ${cell(said)} | ${tests.join(", ") || "-"} |`;
  });
  return ["| # | Input | Message | Test |", "| - | - | - | - |", ...lines, ""].join("\n");
}
