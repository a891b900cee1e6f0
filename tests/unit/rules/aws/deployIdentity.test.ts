import {
  githubTrust,
  grantPolicy,
  identityRoles,
  type IdentityScope,
} from "../../../../rules/aws/deployIdentity";
import { issuesOf, rawWith, settingsWith } from "../../../support/fixtures";

const scope: IdentityScope = {
  prefix: "maestro-demo",
  project: "maestro",
  stack: "demo",
  accountId: "123456789012",
  registry: { accountId: "210987654321", region: "eu-west-1" },
  repositories: ["maestro-demo/web", "maestro-demo/nginx"],
  pushes: true,
  secretServices: ["web"],
};

const REPOSITORIES = [
  "arn:aws:ecr:eu-west-1:210987654321:repository/maestro-demo/nginx",
  "arn:aws:ecr:eu-west-1:210987654321:repository/maestro-demo/web",
];

describe("identityRoles", () => {
  const roles = identityRoles(scope);

  it("lets all three read their own images and secrets, and only the deploy role push", () => {
    const read = [
      { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
      { actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], resources: REPOSITORIES },
      {
        actions: ["secretsmanager:GetSecretValue"],
        resources: ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:maestro/demo/web-??????"],
      },
    ];
    const takeOver = {
      ...read[2],
      actions: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
    };
    const push = {
      actions: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      resources: REPOSITORIES,
    };
    const granted = (role: keyof typeof roles) =>
      roles[role].grants.map(({ actions, resources }) => ({ actions, resources }));
    expect(granted("runtime")).toEqual(read);
    expect(granted("preview")).toEqual([...read, takeOver]);
    expect(granted("deploy")).toEqual([...read, takeOver, push]);
  });

  it("lets nobody push where the repositories are another stack's", () => {
    const { deploy } = identityRoles({ ...scope, pushes: false });
    expect(grantPolicy(deploy.grants)).not.toMatch(/Put|Upload/);
  });

  it("lets who previews and deploys ask for scans where a gate does, and nobody else", () => {
    const { runtime, preview, deploy } = identityRoles({ ...scope, readsScans: true });
    const asks = [runtime, preview, deploy].map(({ grants }) =>
      grants.some(({ actions }) => actions.includes("ecr:DescribeImageScanFindings")),
    );
    expect(asks).toEqual([false, true, true]);
    expect(grantPolicy(roles.deploy.grants)).not.toMatch(/Scan/);
  });

  it("grants nothing about secrets where no service has any", () => {
    const { runtime } = identityRoles({ ...scope, secretServices: [] });
    expect(grantPolicy(runtime.grants)).not.toMatch(/secretsmanager/);
  });

  it("has no wildcard but where AWS leaves no choice", () => {
    for (const { grants } of [roles.runtime, roles.deploy, roles.preview]) {
      for (const { actions, resources } of grants) {
        expect(actions.join()).not.toMatch(/[*?]/);
        const isLogin = actions.join() === "ecr:GetAuthorizationToken";
        expect(resources.join().replaceAll(/-\?{6}(,|$)/g, "$1")).toMatch(
          isLogin ? /^\*$/ : /^[^*?]+$/,
        );
      }
    }
  });

  it("names each statement after its step", () => {
    const policy = JSON.parse(grantPolicy(roles.deploy.grants)) as { Statement: { Sid: string }[] };
    expect(policy.Statement.map(({ Sid }) => Sid)).toEqual([
      "logInToTheRegistry",
      "lookAtAnImageAndPullIt",
      "readTheServicesSecrets",
      "takeOverTheServicesSecrets",
      "pushAnImageAndTagIt",
    ]);
  });
});

test("githubTrust lets one environment of one repository in, with a token meant for AWS", () => {
  const provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
  const trust = githubTrust(provider, { repository: "acme/shop", environment: "demo" });
  const { Statement } = JSON.parse(trust) as { Statement: Record<string, unknown>[] };
  expect(Statement).toHaveLength(1);
  expect(Statement[0]).toMatchObject({
    Principal: { Federated: provider },
    Condition: {
      StringEquals: {
        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
        "token.actions.githubusercontent.com:sub": "repo:acme/shop:environment:demo",
      },
    },
  });
});

describe("maestro:identity", () => {
  const ECR = {
    "config.registry": {
      kind: "ecr",
      address: "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
      namespace: "team",
    },
  };
  const github = { repository: "acme/shop" };

  it("takes the stack's own name for the environment", () => {
    expect(settingsWith({ ...ECR, "config.identity": { github } }).identity).toEqual({
      repository: "acme/shop",
      environment: "test",
      previewEnvironment: "test-preview",
      oidcProvider: null,
      account: null,
    });
  });

  // prettier-ignore
  it.each<[unknown, string]>([
    [{}, "identity.github: is required; its keys are repository, environment, previewEnvironment"],
    [{ github: { repository: "acme/*" } }, 'identity.github.repository: must be <owner>/<name>, got "acme/*"; without wildcards'],
    [{ github: { repository: "acme/shop", environment: "demo:*" } }, 'identity.github.environment: must be the name of a GitHub environment, of letters, digits and _./-, got "demo:*"'],
    [{ github: { repository: "acme/shop" }, oidcProvider: "github" }, 'identity.oidcProvider: must be the ARN of GitHub\'s provider, got "github"; arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com'],
    [{ github: { ...github, environment: "a", previewEnvironment: "a" } }, "identity.github.previewEnvironment: is environment too, so a preview could release; choose another one"],
  ])("fails for %j", (identity, message) => {
    expect(issuesOf(rawWith({ ...ECR, "config.identity": identity }))).toEqual([message]);
  });
});
