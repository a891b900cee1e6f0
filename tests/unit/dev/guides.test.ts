import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../../config/project";
import {
  blocksToRun,
  commandBlocks,
  isAbout,
  NOT_RUN,
  RUN,
  RUN_BY,
} from "../../support/guideBlocks";
import { guidePages, readPage } from "../../support/markdown";

const NO_COMMANDS = ["yaml", "ts", "js", "mermaid"];

const blocks = commandBlocks();
const show = ({ page, text }: { page: string; text: string }) => `${page}: ${text.split("\n")[0]}`;

describe("commands on a page", () => {
  it("are run by a test, or it is said why not", () => {
    const forgotten = blocks.filter(
      (block) => !(block.page in RUN_BY) && !NOT_RUN.some(isAbout(block)),
    );
    expect(forgotten.map(show)).toEqual([]);
  });

  it("are not said to be run by a test that is not there, or that reads other pages", () => {
    const wrong = Object.entries(RUN_BY).filter(([page, test]) => {
      const file = path.join(packageRoot(), test);
      return !existsSync(file) || !readFileSync(file, "utf8").includes(`"${page}"`);
    });
    expect(wrong).toEqual([]);
  });

  it("are said not to be run one by one, while they are there", () => {
    const wrong = NOT_RUN.filter((exemption) => {
      const { length } = blocks.filter((block) => isAbout(block)(exemption));
      const same = NOT_RUN.filter(
        ({ page, begins }) => page === exemption.page && begins === exemption.begins,
      );
      return length !== same.length;
    });
    expect(wrong).toEqual([]);
  });

  it("are known by their language", () => {
    const others = guidePages().flatMap((page) =>
      readPage(page).blocks.filter(({ language }) => ![...RUN, ...NO_COMMANDS].includes(language)),
    );
    expect(others.map(show)).toEqual([]);
  });

  it("are not run for the reason of a test that is not there", () => {
    const named = NOT_RUN.flatMap(
      ({ reason }) => reason.match(/tests\/[\w/]+|docs\/[\w-]+\.md/g) ?? [],
    );
    const missing = named.filter((name) =>
      [name, `${name}.test.ts`].every((file) => !existsSync(path.join(packageRoot(), file))),
    );
    expect(missing).toEqual([]);
  });

  it("are read from every page that a test runs", () => {
    for (const page of Object.keys(RUN_BY) as (keyof typeof RUN_BY)[]) {
      expect(blocksToRun(page).length).toBeGreaterThan(0);
    }
  });
});
