import { randomBytes } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { referenceOf } from "../../registry/reference";
import { RegistryClient } from "../../registry/registryClient";
import { docker } from "../../toolchain/setup/docker";
import { ensureRegistry } from "../../toolchain/setup/registry";
import { ImageWorkshop, REGISTRY, repositoryOf } from "../support/imageWorkshop";

const workshop = new ImageWorkshop();
const client = new RegistryClient(() => Promise.resolve(null));

jest.setTimeout(120_000);

beforeAll(() => workshop.open());

afterAll(() => workshop.close());

describe("the local registry", () => {
  it("is started again when its container was stopped, and kept as it is when it runs", async () => {
    await docker(["stop", REGISTRY.name]);
    expect(await ensureRegistry(REGISTRY)).toBe(`${REGISTRY.address}, started again`);
    expect(await ensureRegistry(REGISTRY)).toBe(`${REGISTRY.address}, present`);
  });

  it("fails with a way out where something else holds the port", async () => {
    const other = { address: REGISTRY.address, name: `${REGISTRY.name}-2` };
    expect(await ensureRegistry(other)).toBe(`${REGISTRY.address}, not ours, used as it is`);
    await expect(ensureRegistry({ ...other, address: "registry.invalid:5000" })).rejects.toThrow(
      'no registry answers at "registry.invalid:5000"; start it, or name one on this machine',
    );
  });
});

describe("npm run images", () => {
  const source = () => path.join(workshop.directory, "services");

  beforeAll(() => {
    workshop.write("services/Dockerfile", "FROM scratch\nARG SERVICE\nCOPY ${SERVICE}/ /\n");
    workshop.write("services/quotes/text", "one\n");
    workshop.write("services/orders/text", "one\n");
  });

  it("builds and pushes each service and writes the digests into the stack file", async () => {
    const { changed, images: built } = await workshop.images(source());
    expect(changed).toBe(true);
    expect(built.map((image) => [image.service, image.built])).toEqual([
      ["orders", true],
      ["quotes", true],
    ]);
    for (const { service, digest, tag } of built) {
      expect(tag).toMatch(/^test-nogit-[0-9a-f]{16}$/);
      expect(await client.findDigest(repositoryOf(service), tag)).toBe(digest);
      expect(workshop.release()[service]).toBe(digest);
    }
    expect(readFileSync(workshop.stackFile, "utf8")).toContain("# ours");
  });

  it("builds nothing when nothing changed, in less than a second", async () => {
    const before = readFileSync(workshop.stackFile, "utf8");
    const began = performance.now();
    const { changed, images: found } = await workshop.images(source());
    expect(performance.now() - began).toBeLessThan(1000);
    expect(changed).toBe(false);
    expect(found.every((image) => !image.built)).toBe(true);
    expect(readFileSync(workshop.stackFile, "utf8")).toBe(before);
  });

  it("builds the one service that changed", async () => {
    const before = workshop.release();
    workshop.write("services/quotes/text", "two\n");
    const { images: made } = await workshop.images(source());
    expect(made.map((image) => image.built)).toEqual([false, true]);
    expect(workshop.release().orders).toBe(before.orders);
    expect(workshop.release().quotes).not.toBe(before.quotes);
  });

  it("finds the first image again when the change is taken back", async () => {
    workshop.write("services/quotes/text", "one\n");
    const { images: found } = await workshop.images(source(), "--service", "quotes");
    expect(found.map((image) => [image.service, image.built])).toEqual([["quotes", false]]);
  });

  it("fails with the end of the build's output and leaves the release alone", async () => {
    const before = workshop.release();
    workshop.write("services/broken/Dockerfile", "FROM scratch\nCOPY broken/missing /\n");
    await expect(workshop.images(source())).rejects.toThrow(
      /broken:test-\S+: build failed\n[^]*missing/,
    );
    expect(workshop.release()).toEqual(before);
    rmSync(path.join(workshop.directory, "services/broken"), { recursive: true });
  });

  it("builds from a service's own directory, with the arguments, stage and secrets of services.yaml", async () => {
    const text = [
      ...[
        "ARG PYTHON_IMAGE",
        "FROM ${PYTHON_IMAGE} AS whole",
        "ARG NAME",
        "COPY text /opt/${NAME}",
      ],
      'RUN --mount=type=secret,id=token,mode=0444 test "$(cat /run/secrets/token)" = word',
      ...["FROM scratch", "COPY missing /"],
    ];
    workshop.write("own/Dockerfile", text.join("\n"));
    workshop.write("own/text", "one\n");
    workshop.write("token", "word");
    const build =
      "{ context: own, args: { NAME: here }, target: whole, secrets: { token: { file: token } } }";
    workshop.write("services.yaml", `services: { built: { build: ${build} } }\n`);
    const stack = readFileSync(workshop.stackFile, "utf8");
    workshop.write(
      "Pulumi.test.yaml",
      `${stack}  maestro:servicesFile: ${workshop.directory}/services.yaml\n`,
    );
    const { images: made } = await workshop.images(null, "--service", "built");
    const reference = referenceOf(repositoryOf("built"), made[0]?.tag ?? "");
    expect(await docker(["run", "--rm", reference, "cat", "/opt/here"])).toBe("one");
    const again = await workshop.images(null, "--service", "built");
    expect(again.images.map(({ built }) => built)).toEqual([false]);
  });

  it("makes no release of an image that is too large, and names what its build should not get", async () => {
    workshop.write("large/Dockerfile", "FROM scratch\nCOPY data /\n");
    workshop.write("large/.env", "TOKEN=x");
    const declare = (megabytes: number) => {
      const build = `{ context: large, maximumMegabytes: ${megabytes} }`;
      workshop.write("services.yaml", `services: { large: { build: ${build} } }\n`);
    };
    const before = workshop.release();
    workshop.write("large/data", randomBytes(1_500_000).toString("base64"));
    declare(1);
    await expect(workshop.images(null, "--service", "large")).rejects.toThrow(
      /^services\.large\.build\.maximumMegabytes: is 1, and the image has 1\.\d MB; leave out/,
    );
    expect(workshop.release()).toEqual(before);
    expect(workshop.said).toContain("large: its build gets .env; name them in");
    declare(3);
    const { images: made } = await workshop.images(null, "--service", "large");
    expect(made[0]?.bytes).toBeGreaterThan(1_500_000);
  });

  it("shows pip settings to the build and to nobody after it", async () => {
    const mount = "RUN --mount=type=secret,id=pip.conf";
    workshop.write(
      "services/secret/Dockerfile",
      `ARG PYTHON_IMAGE\nFROM \${PYTHON_IMAGE}\nUSER root\n${mount} grep -q hidden-word /run/secrets/pip.conf\n`,
    );
    process.env.PIP_EXTRA_INDEX_URL = "https://user:hidden-word@index.invalid/simple";
    const { images: made } = await workshop.images(source(), "--service", "secret");
    delete process.env.PIP_EXTRA_INDEX_URL;
    const reference = referenceOf(repositoryOf("secret"), made[0]?.tag ?? "");
    const history = await docker(["history", "--no-trunc", reference]);
    const config = await docker(["image", "inspect", reference]);
    expect(history + config).not.toContain("hidden-word@");
    const read = "cat /run/secrets/* 2>/dev/null || true";
    const secrets = await docker(["run", "--rm", reference, "sh", "-c", read]);
    expect(secrets).toBe("");
  });
});
