import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import {
  parsePipConfig,
  readPipSettings,
  renderPipConfig,
} from "../../../operations/images/buildSecrets";
import { contentHash, type ImageInputs } from "../../../operations/images/contentHash";
import { readRevision, tagName } from "../../../operations/images/revision";
import { findServices } from "../../../operations/images/services";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-images-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(file: string, text: string): string {
  const full = path.join(directory, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

describe("contentHash", () => {
  let inputs: ImageInputs;

  beforeEach(() => {
    write("quotes/main.py", "print(1)\n");
    write("quotes/lib/text.py", "A = 1\n");
    inputs = {
      directory: path.join(directory, "quotes"),
      dockerfile: write("Dockerfile", "FROM scratch\n"),
      ignoreFile: path.join(directory, ".dockerignore"),
      base: "maestro/python:1",
      buildArguments: { SERVICE: "quotes" },
    };
  });

  it("is the same for the same inputs", () => {
    expect(contentHash(inputs)).toBe(contentHash({ ...inputs }));
    expect(contentHash(inputs)).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each<[string, () => Partial<ImageInputs> | void]>([
    ["a changed file", () => void write("quotes/main.py", "print(2)\n")],
    ["a new file", () => void write("quotes/more.py", "")],
    [
      "a file that moved",
      () => {
        rmSync(path.join(directory, "quotes/lib/text.py"));
        write("quotes/text.py", "A = 1\n");
      },
    ],
    [
      "a byte that moved from one file to the next",
      () => {
        write("quotes/lib/text.py", "A = 1");
        write("quotes/main.py", "\nprint(1)\n");
      },
    ],
    [
      "a file that became executable",
      () => chmodSync(path.join(directory, "quotes/main.py"), 0o755),
    ],
    ["the Dockerfile", () => void write("Dockerfile", "FROM scratch\nUSER 1\n")],
    ["a new .dockerignore", () => void write(".dockerignore", "*.md\n")],
    ["another base image", () => ({ base: "maestro/python:2" })],
    ["another build argument", () => ({ buildArguments: { SERVICE: "quotes", DEBUG: "1" } })],
  ])("changes with %s", (_what, change) => {
    const before = contentHash(inputs);
    expect(contentHash({ ...inputs, ...change() })).not.toBe(before);
  });

  it("leaves out what an ignore file names, where the directory is the context", () => {
    const own = { ...inputs, isContext: true };
    write("quotes/node_modules/x.js", "1");
    write("quotes/.git/HEAD", "ref: refs/heads/main");
    own.ignoreFile = write("quotes/.dockerignore", "node_modules\n**/*.md\n!keep.md\n");
    const before = contentHash(own);
    write("quotes/node_modules/x.js", "2");
    write("quotes/.git/HEAD", "ref: refs/heads/other");
    write("quotes/lib/notes.md", "");
    expect(contentHash(own)).toBe(before);
    write("quotes/keep.md", "");
    expect(contentHash(own)).not.toBe(before);
  });

  it("does not change with what Python leaves behind", () => {
    const before = contentHash(inputs);
    write("quotes/__pycache__/main.cpython-311.pyc", "x");
    write("quotes/lib/text.pyc", "x");
    expect(contentHash(inputs)).toBe(before);
  });
});

describe("tagName", () => {
  const revision = { sha: "4f2a90c1d7e3", dirty: false };

  it.each([
    ["development", revision, "development-4f2a90c1d7e3"],
    ["development", { ...revision, dirty: true }, "development-4f2a90c1d7e3-dirty"],
    ["acme/maestro/production", revision, "production-4f2a90c1d7e3"],
    ["demo", undefined, "demo-nogit-0123456789abcdef"],
  ])("names images of %s", (stack, from, tag) => {
    expect(tagName(stack, from, "0123456789abcdef")).toBe(tag);
  });
});

describe("readRevision", () => {
  const git = (...args: string[]) =>
    execa("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: directory,
    });
  const fail = (text: string) => {
    throw new Error(text);
  };

  it("knows no commit outside git", () => {
    expect(readRevision(directory, fail)).toBeUndefined();
  });

  it("says why git does not tell it, and what to do", async () => {
    await git("init", "--quiet");
    const warnings: string[] = [];
    process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1";
    expect(readRevision(directory, (text) => warnings.push(text))).toBeUndefined();
    delete process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"];
    expect(warnings).toEqual([
      `the images' tags say \`nogit\` in place of a commit: git refuses ${directory}, which belongs to another user; ` +
        `run \`git config --global --add safe.directory ${directory}\``,
    ]);
  });

  it("tells whether the sources are the commit's, whatever else changed", async () => {
    const source = path.dirname(write("services/main.py", "1\n"));
    write("README.md", "1\n");
    await git("init", "--quiet");
    await git("add", ".");
    await git("commit", "--quiet", "--message", "Start");
    write("README.md", "2\n");
    expect(readRevision(source, fail)).toEqual({
      sha: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      dirty: false,
    });
    write("services/new.py", "");
    expect(readRevision(source, fail)).toMatchObject({ dirty: true });
  });
});

describe("findServices", () => {
  beforeEach(() => {
    write("services/Dockerfile", "");
    write("services/quotes/main.py", "");
    write("services/orders/Dockerfile", "");
    write("services/.cache/x", "");
  });

  it("prefers a service's own Dockerfile, with its own directory as context, to the shared one", () => {
    const source = path.join(directory, "services");
    const found = findServices(source).map(({ name, dockerfile, context }) => [
      name,
      dockerfile,
      context,
    ]);
    expect(found).toEqual([
      ["orders", path.join(source, "orders/Dockerfile"), path.join(source, "orders")],
      ["quotes", path.join(source, "Dockerfile"), source],
    ]);
    expect(findServices(source, ["quotes"])).toHaveLength(1);
  });

  it("fails for a service that is not there", () => {
    const source = path.join(directory, "services");
    expect(() => findServices(source, ["qoutes"])).toThrow(
      `--service: not in ${source}, got qoutes; there are orders, quotes`,
    );
  });

  it("fails for a directory that is not there", () => {
    expect(() => findServices("/nowhere")).toThrow('--source: no such directory, got "/nowhere"');
  });
});

describe("pip settings for builds", () => {
  it("reads a pip.conf as pip does: install wins over global, continued lines belong together", () => {
    const text = [
      "[global]",
      "# comment",
      "index_url = https://a.example/simple",
      "timeout: 60",
      "[list]",
      "format = json",
      "[install]",
      "timeout = 30",
      "trusted-host =",
      "    a.example",
      "    b.example",
    ].join("\n");
    expect(parsePipConfig(text)).toEqual({
      "index-url": "https://a.example/simple",
      timeout: "30",
      "trusted-host": " a.example b.example",
    });
  });

  it("lets the environment win over files", () => {
    const file = write("pip.conf", "[global]\nindex-url = https://file.example/simple\n");
    const settings = readPipSettings({
      PIP_CONFIG_FILE: file,
      PIP_INDEX_URL: "https://env.example/simple",
    });
    expect(settings["index-url"]).toBe("https://env.example/simple");
  });

  it("leaves out what means nothing inside a build", () => {
    expect(
      renderPipConfig({
        "index-url": "https://user:password@a.example/simple",
        "find-links": "/opt/wheels https://a.example/wheels",
        cert: "/etc/ssl/own.pem",
        "cache-dir": "/home/me/.cache",
      }),
    ).toBe(
      [
        "[global]",
        "index-url = https://user:password@a.example/simple",
        "find-links = https://a.example/wheels",
        "",
      ].join("\n"),
    );
    expect(renderPipConfig({ "find-links": "/opt/wheels", cert: "/x" })).toBe("");
  });
});
