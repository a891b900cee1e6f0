import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { AssumeRoleWithWebIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { ensureAwsPlugins } from "../../toolchain/setup/plugins";
import { TestRegistry } from "../support/ecrStack";
import { TestStack, type RunResult } from "../support/testStack";

jest.setTimeout(300_000);

const SERVICE = "template-service";
const ROLES = ["runtime", "deploy", "preview"] as const;
type RoleName = (typeof ROLES)[number];
const READ = [
  "ecr:BatchGetImage",
  "ecr:GetAuthorizationToken",
  "ecr:GetDownloadUrlForLayer",
  "secretsmanager:GetSecretValue",
];
const LOOK = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"];
const PUSH = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
];
const ALLOWED = {
  runtime: READ,
  deploy: [...READ, ...LOOK, ...PUSH].sort(),
  preview: [...READ, ...LOOK].sort(),
};

const stack = new TestStack("itest-aws-identity");
let registry: TestRegistry;
let release: Record<string, string>;
let administrator: Record<string, string>;

beforeAll(async () => {
  await ensureAwsPlugins();
  registry = await TestRegistry.start();
  administrator = registry.moto.environment;
  release = await registry.push([SERVICE], "first");
  Object.assign(stack.extraEnvironment, administrator);
  await stack.create({});
  configure({});
  await succeed(stack.up());
  await new secretsmanager.SecretsManagerClient(registry.moto.client).send(
    new secretsmanager.CreateSecretCommand({
      Name: `maestro/${stack.name}/${SERVICE}`,
      SecretString: JSON.stringify({ SECRET_KEY: "planted-value" }),
    }),
  );
});

afterAll(async () => {
  await stack.remove();
  await registry.stop();
});

function configure(config: object): void {
  stack.configure({
    ...{ registry: registry.config, policy: { level: "mandatory" } },
    secrets: { kind: "aws", directory: "/dev/shm/maestro-tests" },
    identity: { github: { repository: "acme/shop", environment: "demo" } },
    servicesFile: stack.writeServices({ [SERVICE]: { secrets: ["SECRET_KEY"] } }),
    ...config,
  });
}

async function succeed(run: Promise<RunResult>): Promise<void> {
  const { exitCode, output } = await run;
  if (exitCode !== 0) throw new Error(output);
}

const nameOf = (role: RoleName) => `${stack.prefix}-${role}`;

/** Whether moto asks each request who sends it; roles are made, changed and taken while it does not. */
async function enforce(isEnforced: boolean): Promise<void> {
  const body = isEnforced ? "0" : "inf";
  await fetch(`${registry.moto.url}/moto-api/reset-auth`, { method: "POST", body });
}

/** What GitHub's job gets for its token. */
async function assume(role: RoleName) {
  const { Credentials } = await new STSClient(registry.moto.client).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: (await stack.outputs()).identity?.[role],
      RoleSessionName: "job",
      WebIdentityToken: "a.b.c",
    }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}

/** Gives a role these actions. On everything: moto knows resources of neither ECR nor Secrets Manager; see the unit test. */
async function grant(role: RoleName, actions: readonly string[]): Promise<void> {
  await new iam.IAMClient(registry.moto.client).send(
    new iam.PutRolePolicyCommand({
      RoleName: nameOf(role),
      PolicyName: "maestro",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
      }),
    }),
  );
}

async function grantedActions(role: RoleName): Promise<string[]> {
  const { PolicyDocument = "" } = await new iam.IAMClient(registry.moto.client).send(
    new iam.GetRolePolicyCommand({ RoleName: nameOf(role), PolicyName: "maestro" }),
  );
  const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as {
    Statement: { Action: string[] }[];
  };
  return Statement.flatMap(({ Action }) => Action).sort();
}

interface Client {
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}

/** All that AWS can be asked to do by the three services, and whether these credentials may. */
async function allowedOf(credentials: Awaited<ReturnType<typeof assume>>): Promise<string[]> {
  const options = { ...registry.moto.client, credentials, maxAttempts: 1 };
  const services: [string, object, Client][] = [
    ["ecr", ecr, new ecr.ECRClient(options)],
    ["iam", iam, new iam.IAMClient(options)],
    ["secretsmanager", secretsmanager, new secretsmanager.SecretsManagerClient(options)],
  ];
  const allowed: string[] = [];
  for (const [prefix, module, client] of services) {
    const commands = Object.entries(module).filter(([name]) => /^[A-Z].*Command$/.test(name));
    expect(commands.length).toBeGreaterThan(20);
    for (const [name, Command] of commands as [string, new (input: object) => unknown][]) {
      if (!(await isDenied(client.send(new Command({}))))) {
        allowed.push(`${prefix}:${name.replace(/Command$/, "")}`);
      }
    }
    client.destroy();
  }
  return allowed.sort();
}

interface Answer {
  readonly $response?: { readonly statusCode: number };
  readonly $metadata?: { readonly httpStatusCode?: number };
}

async function isDenied(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    // moto refuses in XML, whichever protocol it is asked in: what some clients make of it is no AccessDenied.
    const { $response, $metadata } = error as Answer;
    return ($response?.statusCode ?? $metadata?.httpStatusCode) === 403;
  }
}

/** Runs something as a role, with moto asking who asks. */
async function as<T>(
  role: RoleName,
  actions: readonly string[],
  run: (credentials: Awaited<ReturnType<typeof assume>>) => Promise<T>,
): Promise<T> {
  await grant(role, actions);
  const credentials = await assume(role);
  Object.assign(stack.extraEnvironment, {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  });
  await enforce(true);
  try {
    return await run(credentials);
  } finally {
    await enforce(false);
    Object.assign(stack.extraEnvironment, administrator, { AWS_SESSION_TOKEN: "" });
  }
}

describe("the identities of a stack", () => {
  it("are made with the registry, before there is any image", async () => {
    const { identity } = await stack.outputs();
    for (const role of ROLES) {
      expect(identity?.[role]).toMatch(new RegExp(`:role/${nameOf(role)}$`));
      expect(await grantedActions(role)).toEqual(ALLOWED[role]);
    }
  });

  it.each(ROLES)("let role %s do what it is for, and nothing else", async (role) => {
    const allowed = await as(role, ALLOWED[role], allowedOf);
    expect(allowed).toEqual(ALLOWED[role]);
  });

  it("cannot take a secret over without secretsmanager:DescribeSecret", async () => {
    configure({ release });
    const actions = ALLOWED.deploy.filter((action) => !action.endsWith(":DescribeSecret"));
    const { exitCode, output } = await as("deploy", actions, () => stack.up());
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/creating Secrets Manager Secret/);
  });

  it("let the preview role preview, and the deploy role release", async () => {
    configure({ release });
    await as("preview", ALLOWED.preview, () => succeed(stack.preview()));
    await as("deploy", ALLOWED.deploy, () => succeed(stack.up()));
    const { release: served } = await stack.outputs();
    expect(served.digests).toEqual(release);
  });

  it("let neither change a role, so a service more takes an administrator", async () => {
    const github = { repository: "acme/elsewhere", environment: "demo" };
    configure({ release, identity: { github } });
    const { exitCode, output } = await as("deploy", ALLOWED.deploy, () => stack.up());
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/AccessDenied/);
    await succeed(stack.up());
  });

  // What the registry's own protocol asks of ECR (looks, pulls, pushes) moto does not serve: the test above shows that.
  it.each([
    ["ecr:GetAuthorizationToken", "logging in to the registry of account"],
    ["secretsmanager:GetSecretValue", "services.template-service.secrets: secret maestro/"],
  ])("break a named step without %s", async (missing, words) => {
    const next = await registry.push([SERVICE], `without-${missing.replace(/\W/g, "-")}`);
    await forgetImage(next);
    configure({ release: next });
    for (const role of ["preview", "deploy"] as const) {
      const actions = ALLOWED[role].filter((action) => action !== missing);
      const { exitCode, output } = await as(role, actions, () => stack.preview());
      expect(output).toMatch(new RegExp(words));
      expect(exitCode).not.toBe(0);
    }
  });
});

/** The registry is only asked about images that the host does not have. */
async function forgetImage(digests: Record<string, string>): Promise<void> {
  const { docker } = await import("../../toolchain/setup/docker");
  const { address, path } = registry.repository(SERVICE);
  await docker(["rmi", "--force", `${address}/${path}@${digests[SERVICE]}`]);
}
