import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { buildWheels } from "../../operations/packages/buildWheels";
import { indexLogin } from "../../operations/packages/pypiIndex";
import { findPackages } from "../../operations/packages/sources";
import { packageRoot } from "../../config/project";
import { docker } from "../../toolchain/setup/dockerClient";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { INDEX_URL, indexUrlWithLogin, PackageWorkshop } from "../support/packageWorkshop";

const PACKAGES = path.join(packageRoot(), "examples", "packages");
const workshop = new PackageWorkshop();

jest.setTimeout(300_000);

beforeAll(() => workshop.open());

afterAll(() => workshop.close());

describe("the shared packages", () => {
  it("are typed without a gap and pass their own tests", async () => {
    const tools = await ensurePythonTools(undefined, "tests/support/python/checks.txt");
    const names = findPackages(PACKAGES).map(({ name }) => name);
    expect(names).toHaveLength(8);
    const sources = names.map((name) => path.join(PACKAGES, name, "src"));
    const modules = names.flatMap((name) => ["-p", name.replaceAll("-", "_")]);
    const cache = path.join(workshop.directory, "mypy");
    const env = {
      MYPYPATH: sources.join(":"),
      PYTHONPATH: sources.join(":"),
      PYTHONDONTWRITEBYTECODE: "1",
    };
    const python = path.join(tools, "python3");
    const options = { cwd: PACKAGES, env, all: true, reject: false } as const;
    const types = await execa(
      python,
      ["-m", "mypy", "--strict", "--cache-dir", cache, ...modules],
      options,
    );
    expect(types.all).toContain("Success: no issues found");
    const tests = names.map((name) => path.join(name, "tests"));
    const ran = await execa(
      python,
      ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", ...tests],
      options,
    );
    expect(`${ran.exitCode} ${ran.all}`).toMatch(/^0 /);
  });

  it("have the same bytes wherever and whenever they are built", async () => {
    const copy = mkdtempSync(path.join(tmpdir(), "maestro-other-place-"));
    try {
      cpSync(PACKAGES, copy, { recursive: true });
      for (const file of readdirSync(copy, { recursive: true, encoding: "utf8" })) {
        utimesSync(path.join(copy, file), 1_000_000_000, 1_000_000_000);
      }
      const first = await buildWheels(findPackages(PACKAGES), path.join(copy, ".first"));
      const second = await buildWheels(findPackages(copy), path.join(copy, ".second"));
      expect(second.map(({ sha256 }) => sha256)).toEqual(first.map(({ sha256 }) => sha256));
      expect(new Set(first.map(({ sha256 }) => sha256)).size).toBe(8);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe("npm run packages", () => {
  it("publishes with twine what the index does not have, and writes versions into the stack file", async () => {
    const published = await workshop.run("publish");
    expect(published.packages.map(({ state }) => state)).toEqual(Array(8).fill("uploaded"));
    expect(published.changed).toBe(true);
    const text = readFileSync(workshop.stackFile, "utf8");
    expect(text).toContain("# ours");
    for (const { name, version, sha256 } of published.packages) {
      expect(text).toContain(`${name}: { version: ${version}, sha256: ${sha256} }`);
    }
  });

  it("does nothing when the same content is published again", async () => {
    const again = await workshop.run("publish");
    expect(again.packages.map(({ state }) => state)).toEqual(Array(8).fill("present"));
    expect(again.changed).toBe(false);
    expect((await workshop.run("verify")).code).toBe(0);
  });

  it("refuses other content under a published version, uploads nothing, and takes it as a new version", async () => {
    const file = "maestro-core-config/src/maestro_core_config/__init__.py";
    workshop.edit(file, "Settings from the environment;", "Settings from the environment:");
    workshop.edit("maestro-monitoring/pyproject.toml", '"1.1.0"', '"1.1.1"');
    await expect(workshop.run("publish")).rejects.toThrow(
      /nothing was published\nmaestro-core-config: version 1.0.0 is published with other content .*; bump the version/,
    );
    const states = async (command: string) =>
      (await workshop.run(command)).packages.flatMap(({ name, state }) =>
        state === "present" ? [] : [`${name} ${state}`],
      );
    expect(await states("list")).toEqual([
      "maestro-core-config differs",
      "maestro-monitoring missing",
    ]);
    expect((await workshop.run("verify")).code).toBe(1);
    workshop.edit("maestro-core-config/pyproject.toml", '"1.0.0"', '"1.0.1"');
    expect(await states("publish")).toEqual([
      "maestro-core-config uploaded",
      "maestro-monitoring uploaded",
    ]);
  });
});

describe("a package whose project spells its name in its own way", () => {
  const project = `[project]\nname = "Trial_Core.Thing"\nversion = "1.0.0-rc.1+local.7"\n`;

  it("is published and written down as indexes know it, and every command reads the file again", async () => {
    workshop.add("thing", project, "trial_core_thing");
    const { packages } = await workshop.run("publish");
    const thing = packages.find(({ state }) => state === "uploaded");
    expect(thing).toMatchObject({ name: "trial-core-thing", version: "1.0.0rc1+local.7" });
    const line = `trial-core-thing: { version: 1.0.0rc1+local.7, sha256: ${thing?.sha256} }`;
    expect(readFileSync(workshop.stackFile, "utf8")).toContain(line);
    expect((await workshop.run("verify")).code).toBe(0);
  });
  it("is refused when another has that name, or no index takes its version", async () => {
    const refusal = (pattern: RegExp) => expect(workshop.run("publish")).rejects.toThrow(pattern);
    workshop.add("other", project.replace("Trial_Core.Thing", "trial.core-thing"), "trial");
    await refusal(/thing: is package trial-core-thing, as is /);
    workshop.drop("other");
    workshop.edit("thing/pyproject.toml", "1.0.0-rc.1+local.7", "1.0-final-beta");
    await refusal(/Invalid version `1.0-final-beta`/);
    workshop.drop("thing");
  });
});

describe("the embedded index", () => {
  const ask = (name: string, headers: Record<string, string> = {}) =>
    fetch(`${INDEX_URL}/${name}/`, { headers, redirect: "manual" });
  const login = () => {
    const { user, password } = indexLogin();
    return { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
  };

  it("shows nothing without its login", async () => {
    expect((await ask("maestro-core-config")).status).toBe(401);
    expect((await ask("maestro-core-config", login())).status).toBe(200);
  });

  it("sends clients to the machine's own index for other packages, but never for ours", async () => {
    const other = await ask("requests", login());
    expect(other.headers.get("location")).toMatch(/^https?:\/\/.+\/requests\/$/);
    expect((await ask("maestro-core-unknown", login())).status).toBe(404);
  });

  it("holds no password in its description", async () => {
    const described = await docker(["container", "inspect", "maestro-pypi-28097"]);
    expect(described).not.toContain(indexLogin().password);
  });
});

describe("a client of the index", () => {
  const WANTED = ["maestro_core_auth", "maestro_core_config", "maestro_core_logging"];
  let clients = "";

  const installed = (directory: string) => {
    const found = execa.sync("find", [directory, "-name", "maestro_*", "-maxdepth", "1"]).stdout;
    return found
      .split("\n")
      .map((file) => path.basename(file))
      .filter((name) => !name.includes("-"))
      .sort();
  };

  beforeAll(async () => {
    clients = await ensurePythonTools(undefined, "tests/support/python/clients.txt");
  });

  it("pip installs by hash, and refuses another content", async () => {
    const { packages } = await workshop.run("list");
    const line = (name: string, sha256: string) => {
      const version = packages.find((each) => each.name === name)?.version ?? "";
      return `${name}==${version} --hash=sha256:${sha256}`;
    };
    const install = (sha256: string, target: string) => {
      const requirements = path.join(workshop.directory, "requirements.txt");
      writeFileSync(requirements, line("maestro-core-logging", sha256));
      const args = ["install", "--require-hashes", "--no-cache-dir", "--target", target];
      return execa(path.join(clients, "pip"), [...args, "--requirement", requirements], {
        env: { PIP_INDEX_URL: indexUrlWithLogin(), PIP_FIND_LINKS: "" },
        all: true,
        reject: false,
      });
    };
    const right = packages.find(({ name }) => name === "maestro-core-logging")?.sha256 ?? "";
    const target = path.join(workshop.directory, "pip");
    const wrong = await install("0".repeat(64), target);
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.all).toMatch(/HASHES|hash/);
    expect((await install(right, target)).exitCode).toBe(0);
    expect(installed(target)).toEqual(["maestro_core_logging"]);
  });

  it("Poetry locks and installs from the source `nexus`", async () => {
    const { user, password } = indexLogin();
    const env = {
      POETRY_HTTP_BASIC_NEXUS_USERNAME: user,
      POETRY_HTTP_BASIC_NEXUS_PASSWORD: password,
      POETRY_VIRTUALENVS_IN_PROJECT: "true",
      POETRY_CACHE_DIR: path.join(workshop.directory, "poetry-cache"),
      PYTHON_KEYRING_BACKEND: "keyring.backends.null.Keyring",
    };
    const poetry = path.join(clients, "poetry");
    const locked = await workshop.client("poetry", poetry, ["lock", "-n"], env);
    expect(`${locked.exitCode} ${locked.output}`).toMatch(/^0 /);
    const lock = readFileSync(path.join(locked.directory, "poetry.lock"), "utf8");
    expect(lock).toContain('reference = "nexus"');
    expect(lock).not.toContain(password);
    const synced = await workshop.client("poetry", poetry, ["sync", "-n"], env);
    expect(`${synced.exitCode} ${synced.output}`).toMatch(/^0 /);
    expect(installed(sitePackages(locked.directory))).toEqual(WANTED);
  });

  it("uv locks and installs from the index `nexus`", async () => {
    const { user, password } = indexLogin();
    const env = {
      UV_INDEX_NEXUS_USERNAME: user,
      UV_INDEX_NEXUS_PASSWORD: password,
      UV_CACHE_DIR: path.join(workshop.directory, "uv-cache"),
      UV_PYTHON_DOWNLOADS: "never",
    };
    const synced = await workshop.client("uv", path.join(clients, "uv"), ["sync"], env);
    expect(`${synced.exitCode} ${synced.output}`).toMatch(/^0 /);
    expect(readFileSync(path.join(synced.directory, "uv.lock"), "utf8")).not.toContain(password);
    expect(installed(sitePackages(synced.directory))).toEqual(WANTED);
  });

  function sitePackages(directory: string): string {
    const lib = path.join(directory, ".venv", "lib");
    expect(existsSync(lib)).toBe(true);
    return path.join(lib, readdirSync(lib)[0] ?? "", "site-packages");
  }
});
