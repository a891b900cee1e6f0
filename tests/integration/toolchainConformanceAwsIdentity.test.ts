import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { Moto, MOTO_ACCOUNT } from "../support/moto";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(120_000);

const PROGRAM = `
const statement = (action) => JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: [action], Resource: "*" }],
});
if (!settings.isRemoved) {
  const github = new aws.iam.OpenIdConnectProvider("github", {
    url: "https://token.actions.githubusercontent.com",
    clientIdLists: ["sts.amazonaws.com"],
    thumbprintLists: settings.thumbprints,
  });
  const role = new aws.iam.Role("deploy", {
    name: "maestro-deploy",
    description: settings.description,
    maxSessionDuration: settings.duration,
    assumeRolePolicy: github.arn.apply((arn) => JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Federated: arn }, Action: "sts:AssumeRoleWithWebIdentity" }],
    })),
  });
  new aws.iam.RolePolicy("pull", { name: "pull", role: role.name, policy: statement(settings.action || "ecr:BatchGetImage") });
  new aws.secretsmanager.Secret("web", { name: "maestro/demo/web", description: settings.description, recoveryWindowInDays: settings.days });
}
`;

describe("aws.iam and aws.secretsmanager", () => {
  let moto: Moto;
  let project: PulumiProject;

  beforeAll(async () => {
    await ensureAwsPlugins();
    moto = await Moto.start();
    project = await PulumiProject.create(PROGRAM, {
      sdks: ["aws"],
      environment: moto.environment,
    });
  });
  afterAll(async () => {
    await project.dispose();
    await moto.stop();
  });

  test("make roles, policies, an identity provider and secrets, and find no difference afterwards", async () => {
    await project.upOrFail();
    expect(project.resource("deploy").outputs).toMatchObject({
      arn: `arn:aws:iam::${MOTO_ACCOUNT}:role/maestro-deploy`,
      maxSessionDuration: 3600,
      path: "/",
    });
    expect(project.resource("pull").id).toBe("maestro-deploy:pull");
    expect(project.resource("github").id).toBe(
      `arn:aws:iam::${MOTO_ACCOUNT}:oidc-provider/token.actions.githubusercontent.com`,
    );
    expect(await project.upOrFail({}, ["--refresh"])).not.toMatch(/updated|replaced|created/);
  });

  test("update in place what AWS can update", async () => {
    const changed = {
      description: "words",
      duration: 7200,
      action: "ecr:GetDownloadUrlForLayer",
      // Changed audiences moto cannot do.
      thumbprints: ["a".repeat(40)],
    };
    const steps = await project.preview(changed);
    const ops = ["github", "deploy", "pull", "web"].map((name) => steps.get(name)?.op);
    expect(ops).toEqual(["update", "update", "update", "update"]);
    await project.upOrFail(changed);
    const iam = new IAMClient(moto.client);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "maestro-deploy" }));
    expect(Role).toMatchObject({ Description: "words", MaxSessionDuration: 7200 });
    const { PolicyDocument } = await iam.send(
      new GetRolePolicyCommand({ RoleName: "maestro-deploy", PolicyName: "pull" }),
    );
    expect(decodeURIComponent(PolicyDocument ?? "")).toContain("ecr:GetDownloadUrlForLayer");
    const after = [...(await project.preview(changed)).values()];
    expect(after.map(({ op }) => op).filter((op) => op !== "same")).toEqual([]);
  });

  test("never read a secret's value, and leave it recoverable when they remove it", async () => {
    const secrets = new SecretsManagerClient(moto.client);
    const SecretId = "maestro/demo/web";
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: "planted-value" }));
    await project.upOrFail({}, ["--refresh"]);
    expect(project.stateText()).not.toContain("planted-value");
    await project.upOrFail({ isRemoved: true });
    const { DeletedDate } = await secrets.send(new DescribeSecretCommand({ SecretId }));
    expect(DeletedDate).toBeInstanceOf(Date);
  });
});
