import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { Moto, MOTO_ACCOUNT, MOTO_REGION } from "../support/moto";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(120_000);

const PROGRAM = `
const provider = settings.provider && new aws.Provider("explicit", settings.provider);
const opts = provider && { provider };
if (!settings.isRemoved) {
  const repository = new aws.ecr.Repository("web", {
    name: settings.name,
    imageTagMutability: settings.mutability || "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: settings.mutability
      ? undefined
      : [{ filter: "latest", filterType: "WILDCARD" }, { filter: "stable", filterType: "WILDCARD" }],
    imageScanningConfiguration: { scanOnPush: settings.scan ?? true },
    encryptionConfigurations: settings.encryption && [{ encryptionType: settings.encryption }],
    forceDelete: settings.force,
    tags: settings.tags,
  }, opts);
  const rule = {
    rulePriority: 1,
    description: settings.description || "untagged",
    selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 },
    action: { type: "expire" },
  };
  new aws.ecr.LifecyclePolicy("lifecycle", {
    repository: repository.name,
    policy: settings.reordered ? JSON.stringify({ rules: [Object.fromEntries(Object.entries(rule).reverse())] }) : { rules: [rule] },
  }, opts);
  const pull = { Sid: settings.sid || "Pull", Effect: "Allow", Principal: { AWS: "arn:aws:iam::210987654321:root" }, Action: ["ecr:BatchGetImage"] };
  new aws.ecr.RepositoryPolicy("access", {
    repository: repository.name,
    policy: JSON.stringify({ Version: "2012-10-17", Statement: [pull] }),
  }, opts);
  exports.url = repository.repositoryUrl;
  if (settings.identity) exports.account = aws.getCallerIdentityOutput({}, opts).accountId;
}
`;

describe("aws.ecr", () => {
  let moto: Moto;
  let project: PulumiProject;

  beforeAll(async () => {
    await ensureAwsPlugins();
    moto = await Moto.start();
  });
  afterAll(() => moto.stop());
  beforeEach(async () => {
    project = await PulumiProject.create(PROGRAM, {
      sdks: ["aws"],
      environment: moto.environment,
    });
  });
  afterEach(() => project.dispose());

  test("makes a repository with its policies, finds no difference afterwards, and removes all", async () => {
    await project.upOrFail({ name: "team/web", identity: true });
    const repository = project.resource("web");
    expect(repository.id).toBe("team/web");
    expect(repository.outputs).toMatchObject({
      arn: `arn:aws:ecr:${MOTO_REGION}:${MOTO_ACCOUNT}:repository/team/web`,
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageScanningConfiguration: { scanOnPush: true },
      name: "team/web",
      region: MOTO_REGION,
      registryId: MOTO_ACCOUNT,
      repositoryUrl: `${MOTO_ACCOUNT}.dkr.ecr.${MOTO_REGION}.amazonaws.com/team/web`,
    });
    expect(project.resource("conformance-test").outputs).toMatchObject({ account: MOTO_ACCOUNT });
    expect(await project.upOrFail({ name: "team/web", identity: true })).toMatch(/unchanged/);
    expect(await project.upOrFail({ name: "team/web" }, ["--refresh"])).not.toMatch(
      /updated|replaced/,
    );
    await project.upOrFail({ isRemoved: true });
    expect(project.resources().map(({ type }) => type)).not.toContain(
      "aws:ecr/repository:Repository",
    );
  });

  test("makes a name up from the logical one", async () => {
    await project.upOrFail();
    expect(project.resource("web").id).toMatch(/^web-[0-9a-f]{7}$/);
  });

  test("plans for each change what the official plugin plans, and has none left afterwards", async () => {
    const before = { name: "team/web", tags: { team: "a" }, encryption: "AES256" };
    await project.upOrFail(before);
    const changes: [change: object, name: string, op: string][] = [
      [{ mutability: "MUTABLE" }, "web", "update"],
      [{ scan: false }, "web", "update"],
      [{ tags: { team: "b" } }, "web", "update"],
      [{ encryption: "KMS" }, "web", "replace"],
      [{ name: "team/api" }, "web", "replace"],
      [{ description: "other" }, "lifecycle", "replace"],
      [{ reordered: true }, "lifecycle", "same"],
      [{ sid: "Other" }, "access", "update"],
    ];
    for (const [change, name, op] of changes) {
      const steps = await project.preview({ ...before, ...change });
      expect({ change, op: steps.get(name)?.op }).toEqual({ change, op });
    }
    const changed = {
      ...before,
      mutability: "MUTABLE",
      scan: false,
      tags: { b: "c" },
      sid: "Other",
    };
    await project.upOrFail(changed);
    const after = [...(await project.preview(changed)).values()];
    expect(after.map(({ op }) => op).filter((op) => op !== "same")).toEqual([]);
  });

  test("notices what somebody has removed by hand, and makes it again", async () => {
    await project.upOrFail({ name: "team/web" });
    const { DeleteLifecyclePolicyCommand } = await import("@aws-sdk/client-ecr");
    await new ECRClient(moto.client).send(
      new DeleteLifecyclePolicyCommand({ repositoryName: "team/web" }),
    );
    const output = await project.upOrFail({ name: "team/web" }, ["--refresh"]);
    expect(output).toMatch(/1 created/);
  });

  test("refuses to remove a repository that holds images, unless forceDelete says so", async () => {
    await project.upOrFail({ name: "team/web" });
    await new ECRClient(moto.client).send(
      new PutImageCommand({ repositoryName: "team/web", imageTag: "a", imageManifest: MANIFEST }),
    );
    const failed = await project.up({ isRemoved: true });
    expect(failed.ok).toBe(false);
    expect(failed.output).toMatch(/not empty, consider using forceDelete/);
    await project.upOrFail({ name: "team/web", force: true });
    await project.upOrFail({ isRemoved: true });
  });

  test("says which repository exists already", async () => {
    await project.upOrFail({ name: "team/web" });
    const other = await PulumiProject.create(PROGRAM, {
      sdks: ["aws"],
      environment: moto.environment,
    });
    const { ok, output } = await other.up({ name: "team/web" });
    await other.dispose();
    expect(ok).toBe(false);
    expect(output).toMatch(/creating ECR Repository \(team\/web\): .*RepositoryAlreadyExists/);
  });

  test("honours an explicit provider's endpoint, region, keys and default tags; its keys are no plain text", async () => {
    const provider = {
      region: "eu-central-1",
      accessKey: "AKIAEXPLICITPROVIDER",
      secretKey: "planted-provider-secret-key",
      endpoints: [{ ecr: moto.url, sts: moto.url }],
      defaultTags: { tags: { owner: "platform", team: "default" } },
      skipCredentialsValidation: true,
    };
    const settings = { name: "team/web", provider, tags: { team: "a" } };
    await project.upOrFail(settings);
    expect(project.resource("web").outputs).toMatchObject({
      arn: `arn:aws:ecr:eu-central-1:${MOTO_ACCOUNT}:repository/team/web`,
      tagsAll: { owner: "platform", team: "a" },
    });
    expect(project.stateText()).not.toContain("planted-provider-secret-key");
    const steps = await project.preview(settings);
    expect(steps.get("web")?.op).toBe("same");
  });

  test("stops before anything is made where the account is not allowed", async () => {
    const provider = { region: MOTO_REGION, allowedAccountIds: ["999999999999"] };
    const { ok, output } = await project.up({ name: "team/web", provider });
    expect(ok).toBe(false);
    expect(output).toMatch(/account ID not allowed: 123456789012/i);
  });
});

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: "application/vnd.docker.distribution.manifest.v2+json",
  config: {
    mediaType: "application/vnd.docker.container.image.v1+json",
    size: 2,
    digest: `sha256:${"a".repeat(64)}`,
  },
  layers: [],
});
