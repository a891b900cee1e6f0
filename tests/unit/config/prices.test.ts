import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readPrices } from "../../../config/prices";

const root = mkdtempSync(path.join(tmpdir(), "maestro-prices-"));
afterAll(() => rmSync(root, { recursive: true }));

const write = (content: string, name = "prices.yaml") =>
  writeFileSync(path.join(root, name), content);

describe("a table of prices", () => {
  it("need not be there, unless it is named", () => {
    expect(readPrices(undefined, root)).toBeNull();
    expect(() => readPrices("none.yaml", root)).toThrow(
      `${path.join(root, "none.yaml")}: no such file; name the table of prices that is there`,
    );
  });

  it("has prices of nothing where none are named", () => {
    write("currency: CHF\nstacks:\n  demo: {host: 12.5}\n", "own.yaml");
    expect(readPrices("own.yaml", root)).toEqual({
      ...{ currency: "CHF", memoryGigabyte: 0, cpu: 0 },
      stacks: { demo: { host: 12.5 } },
    });
  });

  it("is refused with all that is wrong, by its place", () => {
    write("currency: euro\ncpu: -1\nstacks:\n  demo: {host: much}\nmemory: 3\n");
    const file = path.join(root, "prices.yaml");
    let problems = "";
    try {
      readPrices(undefined, root);
    } catch (error) {
      problems = (error as Error).message;
    }
    for (const place of ["currency: must be a currency", "cpu: must be", "stacks.demo: must be"]) {
      expect(problems).toContain(`${file}: ${place}`);
    }
    expect(problems).toContain("memory");
    expect(problems.split("\n")).toHaveLength(4);
  });
});
