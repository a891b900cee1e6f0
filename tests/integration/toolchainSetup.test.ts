import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { pulumiEnvironment } from "../../config/pulumiEnvironment";
import { ensurePulumi } from "../../toolchain/setup/pulumi";
import { ensurePlugins } from "../../toolchain/setup/plugins";

jest.setTimeout(60_000);

const ROOT = path.resolve(__dirname, "../..");
const NAMES = [
  "PATH",
  "PULUMI_HOME",
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "PULUMI_SKIP_UPDATE_CHECK",
];

describe("the toolchain's set-up", () => {
  const original = { ...process.env };
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "maestro-setup-"));
    for (const name of NAMES.filter((it) => it !== "PATH")) {
      delete process.env[name];
    }
  });
  afterEach(() => {
    process.env = { ...original };
    rmSync(directory, { recursive: true, force: true });
  });

  /** What a shell has after sourcing env.sh, once or twice. */
  const sourced = async (env: NodeJS.ProcessEnv, times = 1) => {
    const command = `${`. ${ROOT}/toolchain/env.sh; `.repeat(times)} env -0`;
    const { stdout } = await execa("bash", ["-euc", command], { env, extendEnv: false });
    return Object.fromEntries(
      stdout.split("\0").map((line) => {
        const equals = line.indexOf("=");
        return [line.slice(0, equals), line.slice(equals + 1)];
      }),
    );
  };
  const pick = (env: NodeJS.ProcessEnv) =>
    Object.fromEntries(NAMES.map((name) => [name, env[name]]));
  const putOnPath = (...names: string[]) => {
    const bin = path.join(directory, "bin");
    mkdirSync(bin, { recursive: true });
    for (const name of names) {
      writeFileSync(path.join(bin, name), "#!/bin/sh\n");
      chmodSync(path.join(bin, name), 0o755);
    }
    process.env.PATH = `${bin}:${original.PATH}`;
    return path.join(bin, names[0] ?? "");
  };

  test("says the same to shells and to programs, however often", async () => {
    const wanted = pick(pulumiEnvironment());
    expect(pick(await sourced({ ...process.env }))).toEqual(wanted);
    expect(pick(await sourced({ ...process.env }, 2))).toEqual(wanted);
  });

  test("leaves an official Pulumi's environment alone but for backend and passphrase", async () => {
    const cli = putOnPath("pulumi", "pulumi-language-nodejs");
    for (const env of [pulumiEnvironment(), await sourced({ ...process.env })]) {
      expect(pick(env)).toEqual({
        PATH: process.env.PATH,
        PULUMI_HOME: undefined,
        PULUMI_BACKEND_URL: `file://${ROOT}/.maestro/state`,
        PULUMI_CONFIG_PASSPHRASE_FILE: `${ROOT}/.maestro/passphrase`,
        PULUMI_SKIP_UPDATE_CHECK: undefined,
      });
    }
    expect(await ensurePulumi()).toMatchObject({ cli, official: true });
  });

  test("keeps what the user has set", async () => {
    process.env.PULUMI_BACKEND_URL = "file:///somewhere";
    process.env.PULUMI_CONFIG_PASSPHRASE = "";
    for (const env of [pulumiEnvironment(), await sourced({ ...process.env })]) {
      expect(env.PULUMI_BACKEND_URL).toBe("file:///somewhere");
      expect(env.PULUMI_CONFIG_PASSPHRASE_FILE).toBeUndefined();
    }
  });

  test("makes a passphrase that only its owner can read", () => {
    const file = pulumiEnvironment().PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).size).toBeGreaterThan(40);
  });

  test("has every plugin, and does nothing the second time", async () => {
    const first = await ensurePlugins();
    expect(first.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "pulumi-language-nodejs 3.274.1",
      "pulumi-resource-docker 5.2.0",
      "pulumi-resource-command 1.2.1",
    ]);
    const began = performance.now();
    expect(await ensurePlugins()).toEqual(first);
    expect(performance.now() - began).toBeLessThan(300);
  });

  test("takes an official plugin on PATH instead of its own", async () => {
    const detail = putOnPath("pulumi-resource-docker");
    const docker = (await ensurePlugins()).find(({ name }) => name.endsWith("docker"));
    expect(docker).toEqual({
      name: "pulumi-resource-docker",
      version: "5.2.0",
      source: "official",
      detail,
    });
  });
});
