import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa, { type ExecaChildProcess } from "execa";
import { connectEngine } from "../../host/engine";
import { ensureImages, hasImage } from "../../host/images";
import { registryCredentials } from "../../registry/credentials";
import { connectRegistry } from "../../registry/login";
import { lookForRegistry } from "../../registry/probe";
import { RegistryClient } from "../../registry/registryClient";
import { docker } from "../../toolchain/setup/dockerClient";
import { ensureRegistry, pushImage } from "../../toolchain/setup/registry";
import { BUSYBOX_IMAGE, ensureBusyboxImages } from "../support/busyboxImage";
import { ensureGoBinary } from "../support/foreignImages";
import { freePort } from "../support/moto";
import { PrivateRegistry, USER } from "../support/privateRegistry";
import { TokenServer } from "../support/tokenServer";
import { TroubledServer } from "../support/troubledServer";

jest.setTimeout(120_000);

const LOCAL = "localhost:5000";
const PATH = `itest-${randomBytes(4).toString("hex")}/web`;
const at = (address: string, name = PATH) => ({ address, path: name });
const clientOf = (login: typeof USER | null) => new RegistryClient(() => Promise.resolve(login));
const engine = connectEngine();

let digest: string;

beforeAll(async () => {
  await ensureRegistry();
  await ensureBusyboxImages();
  digest = await pushImage(BUSYBOX_IMAGE, `${LOCAL}/${PATH}:one`);
});

afterAll(() => docker(["rmi", `${LOCAL}/${PATH}:one`]));

describe("a registry that wants name and password", () => {
  let registry: PrivateRegistry;

  beforeAll(async () => {
    registry = await PrivateRegistry.start();
  });
  afterAll(() => registry.stop());

  it("says by the right login what it has and what it does not have", async () => {
    const client = clientOf(USER);
    expect(await client.findDigest(at(registry.address), "one")).toBe(digest);
    expect(await client.findDigest(at(registry.address), digest)).toBe(digest);
    expect(await client.findDigest(at(registry.address), "two")).toBeNull();
    expect(await client.findDigest(at(registry.address, "itest/never"), "one")).toBeNull();
  });

  it("says nothing without it, and that is no missing image", async () => {
    const ask = (login: typeof USER | null) =>
      clientOf(login).findDigest(at(registry.address), "one");
    await expect(ask(null)).rejects.toThrow(
      `registry ${registry.address}: it wants a login (401); run \`docker login ${registry.address}\`; asked for ${PATH}`,
    );
    await expect(ask({ ...USER, password: "wrong" })).rejects.toThrow(
      `registry ${registry.address}: it refuses the login with 401; log in again`,
    );
  });

  it("is asked, and pulled from, by the deployer's own docker login", async () => {
    const before = process.env["DOCKER_CONFIG"];
    const directory = mkdtempSync(path.join(tmpdir(), "maestro-login-"));
    process.env["DOCKER_CONFIG"] = directory;
    const { address } = registry;
    const reference = `${address}/${PATH}@${digest}`;
    try {
      const own = connectRegistry({ kind: "local", address, endpoint: address });
      await expect(own.findDigest(at(address), "one")).rejects.toThrow("it wants a login");
      await expect(ensureImages(engine, [reference])).rejects.toThrow("cannot be pulled");
      const args = ["login", "--username", USER.username, "--password-stdin", address];
      await execa("docker", args, { input: USER.password });
      const logged = connectRegistry({ kind: "local", address, endpoint: address });
      expect(await logged.findDigest(at(address), "one")).toBe(digest);
      await ensureImages(engine, [reference], registryCredentials);
      expect(await hasImage(engine, reference)).toBe(true);
    } finally {
      if (before === undefined) delete process.env["DOCKER_CONFIG"];
      else process.env["DOCKER_CONFIG"] = before;
      rmSync(directory, { recursive: true });
      await docker(["rmi", reference]).catch(() => "");
    }
  });
});

describe("a registry that sends to a token server", () => {
  let tokens: TokenServer;
  let registry: PrivateRegistry;

  beforeAll(async () => {
    tokens = await TokenServer.start();
    registry = await PrivateRegistry.start(tokens.auth);
  });
  afterAll(async () => {
    await registry.stop();
    tokens.stop();
  });

  it("is read and tagged with tokens for each, of which one serves for many questions", async () => {
    const client = clientOf(USER);
    const repository = at(registry.address);
    expect(await client.findDigest(repository, "one")).toBe(digest);
    expect(await client.findDigest(repository, "two")).toBeNull();
    await client.copyTag(repository, "one", "copied");
    expect(await client.findDigest(repository, "copied")).toBe(digest);
    const [pull, push, ...more] = tokens.given;
    expect(pull).toBe(`repository:${PATH}:pull`);
    expect(push?.split(/[:,]/).sort()).toEqual(["repository", PATH, "pull", "push"].sort());
    expect(more).toEqual([]);
  });

  it("names the token server that refuses the login", async () => {
    const ask = clientOf({ ...USER, password: "wrong" }).findDigest(at(registry.address), "one");
    const { host } = new URL(tokens.auth.realm);
    await expect(ask).rejects.toThrow(
      `registry ${registry.address}: its token server ${host} refuses the login (401); run \`docker login`,
    );
  });
});

describe("a registry in trouble", () => {
  let troubled: TroubledServer;

  beforeAll(async () => {
    troubled = await TroubledServer.before(LOCAL);
  });
  afterAll(() => troubled.stop());

  const ask = (reference = "one") => clientOf(null).findDigest(at(troubled.address), reference);
  const status = (code: number, headers = {}) => {
    return (response: ServerResponse) => void response.writeHead(code, headers).end("<html>");
  };

  it.each([
    ["limits the rate of requests", status(429, { "Retry-After": "1" })],
    ["fails", status(500)],
    ["restarts", status(503)],
    ["hangs up", (response: ServerResponse) => void response.destroy()],
  ])("is asked again while it %s", async (_, trouble) => {
    troubled.fail(2, trouble);
    expect(await ask()).toBe(digest);
    expect(troubled.requests).toBe(3);
    troubled.fail(1, trouble);
    expect(await ask("two")).toBeNull();
  });

  it("has no image missing while it fails, however long", async () => {
    troubled.fail(5, status(500));
    await expect(ask("two")).rejects.toThrow(
      `registry ${troubled.address}: it still answered 500 after several tries; wait and run it again; asked for ${PATH}`,
    );
  });

  it("is not waited for when it asks for minutes", async () => {
    troubled.fail(5, status(429, { "Retry-After": "120" }));
    await expect(ask()).rejects.toThrow("(429); wait 120 s and run it again");
    expect(troubled.requests).toBe(1);
  });

  it("has no image missing where a proxy's page says 404", async () => {
    troubled.fail(2, status(404));
    await expect(ask("two")).rejects.toThrow(
      "it answered 404 without saying what it does not have; is a registry at that address, or a proxy before it?",
    );
  });

  it("is pulled from once it is well", async () => {
    const reference = `${troubled.address}/${PATH}@${digest}`;
    // The engine asks for the version first; then its first question for the manifest fails.
    troubled.fail(2, status(503));
    await ensureImages(engine, [reference]);
    expect(await hasImage(engine, reference)).toBe(true);
    await docker(["rmi", reference]);
  });
});

describe("a registry that somebody else wrote", () => {
  let server: ExecaChildProcess;
  let address: string;

  beforeAll(async () => {
    const binary = await ensureGoBinary(
      "registry",
      "github.com/google/go-containerregistry/cmd/registry",
    );
    const port = await freePort();
    address = `127.0.0.1:${port}`;
    server = execa(binary, ["-port", String(port)], { reject: false, stdio: "ignore" });
    const deadline = Date.now() + 20_000;
    while ((await lookForRegistry(address)) !== "registry") {
      if (Date.now() > deadline) throw new Error(`no registry answers at ${address}`);
      await sleep(50);
    }
    await pushImage(BUSYBOX_IMAGE, `${address}/${PATH}:one`);
  });
  afterAll(async () => {
    server.kill();
    await docker(["rmi", `${address}/${PATH}:one`]).catch(() => "");
  });

  it("says what it has and what not, and takes tags", async () => {
    const client = clientOf(null);
    expect(await client.findDigest(at(address), "one")).toBe(digest);
    expect(await client.findDigest(at(address), "two")).toBeNull();
    expect(await client.findDigest(at(address, "itest/never"), "one")).toBeNull();
    await client.copyTag(at(address), "one", "copied");
    expect(await client.findDigest(at(address), "copied")).toBe(digest);
  });

  it("lists an index's platforms, and not what attests how its images were built", async () => {
    const client = clientOf(null);
    const image = (await client.readManifest(at(address), "one"))!;
    const entry = { mediaType: image.type, digest, size: image.body.length };
    const attestation = {
      ...entry,
      annotations: { "vnd.docker.reference.type": "attestation-manifest" },
      platform: { architecture: "unknown", os: "unknown" },
    };
    const type = "application/vnd.oci.image.index.v1+json";
    const platform = { architecture: "arm64", os: "linux" };
    const manifests = [{ ...entry, platform }, attestation];
    const body = JSON.stringify({ schemaVersion: 2, mediaType: type, manifests });
    await client.writeTag(at(address), "index", { type, body });
    const index = (await client.readManifest(at(address), "index"))!;
    expect(await client.readPlatforms(at(address), index)).toEqual([platform]);
    const [own] = await client.readPlatforms(at(address), image);
    expect(own).toMatchObject({ os: "linux" });
  });
});
