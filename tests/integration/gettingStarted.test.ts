import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { blocksToRun } from "../support/guideBlocks";
import { forgetUses } from "../support/machineUses";

jest.setTimeout(600_000);

const page = blocksToRun("docs/getting-started.md");
/** What the page's services are built from; no registry of images can be reached from everywhere. */
const BASE = /^FROM (\S+)$/m.exec(blocks("sh").join("\n"))![1]!;
const MARK = "--- next block";

let directory: string;
let isOurs = false;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-start-"));
  await execa("git", ["clone", "--quiet", packageRoot(), path.join(directory, "maestro")]);
  isOurs = !(await tryDocker(["image", "inspect", BASE])).ok;
  if (isOurs) await docker(["tag", (await ensureBaseImage("python")).reference, BASE]);
});

afterAll(async () => {
  await forgetUses("shop", path.join(directory, "shop"));
  if (isOurs) await docker(["image", "rm", BASE]);
  rmSync(directory, { recursive: true, force: true });
});

function blocks(language: string): string[] {
  const found = page.filter((block) => block.language === language);
  return found.map(({ text }) => text);
}

/** As a shell of somebody who has nothing of this project in it yet. CI and jest ask for colours, which the page has none of. */
function environment(): NodeJS.ProcessEnv {
  const own = /^(PULUMI_|MAESTRO_(?!CACHE$)|npm_|NODE_|CI$|FORCE_COLOR$)/;
  const { PATH = "", ...others } = process.env;
  const toolchain = /maestro\/pulumi-|node_modules\/\.bin/;
  return {
    ...Object.fromEntries(Object.entries(others).filter(([name]) => !own.test(name))),
    PATH: PATH.split(":")
      .filter((each) => !toolchain.test(each))
      .join(":"),
  };
}

it("docs/getting-started.md works as it stands, command by command", async () => {
  const script = blocks("sh").join(`\necho '${MARK}'\n`);
  const { exitCode, all } = await execa("bash", ["-euo", "pipefail", "-c", script], {
    cwd: directory,
    env: environment(),
    extendEnv: false,
    all: true,
    reject: false,
  });
  expect([exitCode, all]).toEqual([0, expect.anything()]);
  const said = all!.split("\n");
  const missing = blocks("text")
    .flatMap((text) => text.trim().split("\n"))
    .filter((line) => !said.includes(line));
  expect([missing, all]).toEqual([[], expect.anything()]);
  expect(said.filter((line) => line === MARK)).toHaveLength(blocks("sh").length - 1);
});
