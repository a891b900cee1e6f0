import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { RegistryClient } from "../../registry/registryClient";
import { docker } from "../../toolchain/setup/docker";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { TestRegistry } from "../support/ecrStack";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(600_000);

const SERVICE = "template-service";
const stack = new TestStack("itest-aws");
let registry: TestRegistry;
let first: Record<string, string>;
let second: Record<string, string>;
let third: Record<string, string>;

beforeAll(async () => {
  await ensureAwsPlugins();
  registry = await TestRegistry.startWithLogin();
  Object.assign(stack.extraEnvironment, registry.moto.environment);
  first = await registry.push([SERVICE], "first");
  second = await registry.push([SERVICE], "second");
  third = await registry.push([SERVICE], "third");
});

afterAll(async () => {
  await stack.remove();
  await registry.stop();
});

const services = () => stack.writeServices({ [SERVICE]: {} });

function configure(release?: Record<string, string>, config = {}) {
  stack.configure({
    policy: { level: "mandatory" },
    registry: { ...registry.config, pullAccounts: ["210987654321"] },
    servicesFile: services(),
    ...(release && { release }),
    ...config,
  });
}

const tagOf = (tag: string) =>
  new RegistryClient(() => Promise.resolve(null)).findDigest(registry.repository(SERVICE), tag);

describe("a stack with its images in ECR", () => {
  it("makes the registry alone while it names no release", async () => {
    await stack.create({});
    configure();
    const output = await succeed(stack.up());
    expect(output).toMatch(/only the registry is made/);
    const ecr = new ECRClient(registry.moto.client);
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
    const repositoryName = registry.repository(SERVICE).path;
    expect(repositories?.map((repository) => repository.repositoryName)).toContain(repositoryName);
    expect(repositories?.[0]).toMatchObject({
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [
        { filter: "latest", filterType: "WILDCARD" },
        { filter: "stable", filterType: "WILDCARD" },
      ],
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: "AES256" },
    });
    const lifecycle = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
    expect(lifecycle.lifecyclePolicyText).toContain('"countNumber":7');
    expect(lifecycle.lifecyclePolicyText).not.toContain('"tagged"');
    const access = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
    expect(access.policyText).toContain("arn:aws:iam::210987654321:root");
    expect(access.policyText).not.toMatch(/Put|Upload|Delete|"\*"|ecr:\*/);
  });

  it("refuses a digest that the registry does not have, in a preview too, with nothing touched", async () => {
    configure({ [SERVICE]: `sha256:${"0".repeat(64)}` });
    for (const result of [await stack.preview(), await stack.up()]) {
      expect(result.exitCode).not.toBe(0);
      expect(result.output).toContain(
        `template-service: the registry does not have ${registry.endpoint}/`,
      );
    }
    expect((await stack.containers()).size).toBe(0);
  });

  it("releases, tags what survived its watch, and has nothing to do the second time", async () => {
    configure(first);
    await succeed(stack.up());
    expect(await (await fetch(`${stack.url}/${SERVICE}/version`)).json()).toMatchObject({
      digest: first[SERVICE],
    });
    expect(await tagOf("rel-1")).toBe(first[SERVICE]);
    expect(await tagOf("stable")).toBe(first[SERVICE]);
    const again = await stack.up("--expect-no-changes");
    expect(again.output).toMatch(/unchanged/);
    expect(again.exitCode).toBe(0);
  });

  it("moves stable with the second release, and back with the rollback; rel-<n> never moves", async () => {
    configure(second);
    await succeed(stack.up());
    expect(await tagOf("rel-2")).toBe(second[SERVICE]);
    expect(await tagOf("stable")).toBe(second[SERVICE]);
    configure(first);
    await succeed(stack.up());
    expect(await tagOf("stable")).toBe(first[SERVICE]);
    expect(await tagOf("rel-1")).toBe(first[SERVICE]);
    expect(await tagOf("rel-2")).toBe(second[SERVICE]);
    expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
  });

  it("rolls back while AWS is away: images are on the host, and only stable stays behind", async () => {
    configure(second);
    const { AWS_ENDPOINT_URL = "" } = stack.extraEnvironment;
    // A port that nobody listens on.
    stack.extraEnvironment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9";
    const { exitCode, output } = await stack.up();
    stack.extraEnvironment["AWS_ENDPOINT_URL"] = AWS_ENDPOINT_URL;
    expect(output).toMatch(/not tagged rel-2, stable: logging in .* AWS cannot be reached/);
    expect(exitCode).toBe(0);
    expect((await stack.outputs()).release.digests).toEqual(second);
    expect(await tagOf("stable")).toBe(first[SERVICE]);
  });

  it("rolls back to an image that only the registry has, which wants ECR's login", async () => {
    const before = (await stack.outputs()).history.find(
      ({ digests }) => digests[SERVICE] === first[SERVICE],
    )!;
    configure(third);
    await succeed(stack.up());
    const image = `${registry.endpoint}/${registry.repository(SERVICE).path}@${first[SERVICE]}`;
    await docker(["rmi", "--force", image]);
    await succeed(stack.operation("rollback", "--to", before.release));
    expect((await stack.outputs()).release.digests).toEqual(first);
  });

  it("is not told that an image is missing where the registry does not answer", async () => {
    const { release, history } = await stack.outputs();
    const other = history.find(({ digests }) => digests[SERVICE] === second[SERVICE])!;
    const image = `${registry.endpoint}/${registry.repository(SERVICE).path}@${second[SERVICE]}`;
    await docker(["rmi", "--force", image]);
    const refused = await registry.whileAway(() =>
      stack.operation("rollback", "--preview", "--to", other.release),
    );
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain(
      `registry ${registry.endpoint}: it cannot be reached (ECONNREFUSED)`,
    );
    expect(refused.output).not.toContain("does not have");
    expect((await stack.outputs()).release).toEqual(release);
  });

  it("refuses an image made for another platform", async () => {
    const other = await pushForOtherPlatform();
    configure({ [SERVICE]: other });
    await docker([
      "rmi",
      "--force",
      `${registry.endpoint}/${registry.repository(SERVICE).path}@${other}`,
    ]).catch(() => "");
    const { exitCode, output } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/is made for linux\/s390x, the host is linux\/\w+/);
  });

  it("names the way out where it has lost its release, and removes nothing", async () => {
    configure();
    const { exitCode, output } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/maestro:release: is missing, but the stack serves release/);
    expect((await stack.containers()).size).toBeGreaterThan(0);
  });

  it("cannot be destroyed: repositories and what serves are protected", async () => {
    configure(second);
    const { exitCode, output } = await stack.destroy();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/protect/);
    const { repositories } = await new ECRClient(registry.moto.client).send(
      new DescribeRepositoriesCommand({}),
    );
    expect(repositories?.length).toBeGreaterThan(0);
    expect((await fetch(`${stack.url}/${SERVICE}/version`)).status).toBe(200);
  });
});

/** The manifest of an image with nothing in it, said to be for a machine that this one is not. */
async function pushForOtherPlatform(): Promise<string> {
  const base = `http://localhost:5000/v2/${registry.repository(SERVICE).path}`;
  const config = JSON.stringify({
    architecture: "s390x",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
  });
  const configDigest = await upload(base, config);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: config.length,
      digest: configDigest,
    },
    layers: [],
  });
  const answer = await fetch(`${base}/manifests/other-platform`, {
    method: "PUT",
    headers: { "Content-Type": "application/vnd.docker.distribution.manifest.v2+json" },
    body: manifest,
  });
  return answer.headers.get("docker-content-digest") ?? "";
}

async function upload(base: string, content: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const begun = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begun.headers.get("location") ?? "", base);
  location.searchParams.set("digest", digest);
  await fetch(location, { method: "PUT", body: content });
  return digest;
}
