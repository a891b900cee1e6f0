import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build, type BuildOptions } from "esbuild";
import execa from "execa";
import { ensureNodes, NODE_RELEASES, type NodeRelease } from "../../dev/nodes/ensureNodes";

jest.setTimeout(180_000);

/** The launcher's own options: plain JavaScript, without types. */
const load: unknown = jest.requireActual("../../bin/load");

const ROOT = path.resolve(__dirname, "../..");
/** Folders in which each file is a program, and what other programs import. */
const ENTRIES = [
  "engine.ts",
  "outputs.ts",
  ...["operations", "steps"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  ),
];
/** Loads each file; nothing in it runs before its `main` is called. */
const LOAD_ALL = `
const loaded = process.argv.slice(1).map((file) => Object.keys(require(file)).length > 0);
console.log(JSON.stringify({ version: process.version, loaded: loaded.filter(Boolean).length }));
`;

describe.each(NODE_RELEASES)("Node.js %s", (release) => {
  let nodes: Readonly<Record<NodeRelease, string>>;
  let out: string;

  beforeAll(async () => {
    nodes = await ensureNodes();
    // Inside the repository, where bundles find the packages that they do not contain.
    mkdirSync(path.join(ROOT, ".maestro"), { recursive: true });
    out = mkdtempSync(path.join(ROOT, ".maestro", "nodes-"));
    const { bundleOptions } = load as { bundleOptions: BuildOptions };
    await build({ ...bundleOptions, entryPoints: ENTRIES, outbase: ROOT, outdir: out });
  });
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  const run = (args: readonly string[]) =>
    execa(path.join(nodes[release], "node"), args, { cwd: ROOT, stdin: "ignore", all: true });

  it("loads the engine and every operation and step, without a warning", async () => {
    const files = ENTRIES.map((entry) => path.join(out, entry.replace(/\.ts$/, ".js")));
    const { stdout, stderr } = await run(["-e", LOAD_ALL, "--", ...files]);
    const { version, loaded } = JSON.parse(stdout) as { version: string; loaded: number };
    expect(version).toMatch(new RegExp(`^v${release}\\.`));
    expect(loaded).toBe(ENTRIES.length);
    expect(stderr).toBe("");
  });

  it("runs the launcher", async () => {
    expect((await run(["bin/maestro.js", "--help"])).all).toMatch(/Usage: maestro/);
  });
});
