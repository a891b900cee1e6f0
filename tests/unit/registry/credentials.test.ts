import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { registryOf } from "../../../registry/reference";
import { registryCredentials } from "../../../registry/credentials";

const DIGEST = `sha256:${"a".repeat(64)}`;
const before = { ...process.env };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "docker-config-"));
  process.env["DOCKER_CONFIG"] = directory;
});

afterEach(() => {
  process.env = { ...before };
  rmSync(directory, { recursive: true });
});

function configure(config: unknown): void {
  writeFileSync(path.join(directory, "config.json"), JSON.stringify(config));
}

/** A credential helper as Docker calls it: the registry on stdin. */
function installHelper(name: string, script: string): void {
  const file = path.join(directory, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\nread -r registry\n${script}\n`);
  chmodSync(file, 0o755);
  process.env["PATH"] = `${directory}:${before["PATH"]}`;
}

describe("registryCredentials", () => {
  it("has none without a configuration, or for a registry that is not in it", async () => {
    expect(await registryCredentials("r.example:5000")).toBeNull();
    configure({ auths: { "other.example": { auth: "YTpi" } } });
    expect(await registryCredentials("r.example:5000")).toBeNull();
  });

  it("reads what `docker login` wrote, a password with colons too", async () => {
    const auth = Buffer.from("deployer:a:b\n").toString("base64");
    configure({ auths: { "r.example:5000": { auth } } });
    expect(await registryCredentials("r.example:5000")).toEqual({
      username: "deployer",
      password: "a:b\n",
      serveraddress: "r.example:5000",
    });
  });

  it("prefers the helper of the registry", async () => {
    installHelper("own", `echo "{\\"Username\\":\\"u\\",\\"Secret\\":\\"for $registry\\"}"`);
    configure({ credHelpers: { "r.example": "own" }, auths: { "r.example": { auth: "YTpi" } } });
    expect(await registryCredentials("r.example")).toEqual({
      username: "u",
      password: "for r.example",
      serveraddress: "r.example",
    });
  });

  it("takes a helper's token as one", async () => {
    installHelper("own", `echo '{"Username":"<token>","Secret":"t"}'`);
    configure({ credsStore: "own" });
    expect(await registryCredentials("r.example")).toEqual({
      identitytoken: "t",
      serveraddress: "r.example",
    });
  });

  it("goes on without credentials where the helper has none", async () => {
    installHelper("own", "echo credentials not found in native keychain; exit 1");
    configure({ credsStore: "own" });
    expect(await registryCredentials("r.example")).toBeNull();
  });

  it("names the helper that fails or is missing", async () => {
    installHelper("own", "echo the store is locked; exit 1");
    configure({ credsStore: "own" });
    await expect(registryCredentials("r.example")).rejects.toThrow(
      "docker-credential-own gives no credentials for r.example: the store is locked",
    );
    configure({ credsStore: "absent" });
    await expect(registryCredentials("r.example")).rejects.toThrow(
      "docker-credential-absent gives no credentials for r.example: ENOENT",
    );
  });

  it("names a configuration that is not JSON", async () => {
    writeFileSync(path.join(directory, "config.json"), "{");
    await expect(registryCredentials("r.example")).rejects.toThrow("config.json: cannot be read");
  });
});

describe("registryOf", () => {
  it.each([
    [`localhost:5000/a/b@${DIGEST}`, "localhost:5000"],
    [`ghcr.io/team/app@${DIGEST}`, "ghcr.io"],
    [`team/app@${DIGEST}`, "https://index.docker.io/v1/"],
    [`nginx@${DIGEST}`, "https://index.docker.io/v1/"],
  ])("%s", (reference, registry) => {
    expect(registryOf(reference)).toBe(registry);
  });
});
