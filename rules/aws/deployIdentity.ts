import type { EcrAddress } from "./ecrAddress";
import { canonicalJson } from "../../release/release";

const GITHUB = "token.actions.githubusercontent.com";
/** Whom GitHub's tokens must be meant for. */
export const GITHUB_AUDIENCE = "sts.amazonaws.com";
export const GITHUB_URL = `https://${GITHUB}`;

/** What a role may do, and the step that fails without it. */
export interface Grant {
  readonly step: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** One IAM role. */
export interface IdentityRole {
  readonly name: string;
  readonly description: string;
  readonly grants: readonly Grant[];
}

/** What the roles are for. */
export interface IdentityScope {
  /** `<project>-<stack>`. */
  readonly prefix: string;
  readonly project: string;
  readonly stack: string;
  /** Where the roles and the secrets are. */
  readonly accountId: string;
  /** Where the repositories are. */
  readonly registry: EcrAddress;
  /** Paths of the repositories. */
  readonly repositories: readonly string[];
  /** Whether the stack pushes to them; false: another one does. */
  readonly pushes: boolean;
  /** Whether a gate asks for the scans of their images. @default false */
  readonly readsScans?: boolean;
  /** Services with secrets in Secrets Manager. */
  readonly secretServices: readonly string[];
}

/** The three identities of a stack. */
export interface IdentityRoles {
  /** The host's own. */
  readonly runtime: IdentityRole;
  /** Of `pulumi up` and `npm run images`. */
  readonly deploy: IdentityRole;
  /** Of `pulumi preview`; changes nothing. */
  readonly preview: IdentityRole;
}

/**
 * The roles with all they may do, and nothing else: no action and no resource is a wildcard, but for the registry's
 * login, which AWS knows for no single repository, and the six characters that Secrets Manager puts behind a name.
 */
export function identityRoles(scope: IdentityScope): IdentityRoles {
  const { prefix, pushes } = scope;
  const read = [...login(), ...pull(scope), ...readSecrets(scope)];
  const look = [...read, ...takeOverSecrets(scope), ...readScans(scope)];
  return {
    runtime: {
      name: `${prefix}-runtime`,
      description: `What the host of ${prefix} may read`,
      grants: read,
    },
    deploy: {
      name: `${prefix}-deploy`,
      description: `Releases ${prefix} from GitHub Actions`,
      grants: pushes ? [...look, ...push(scope)] : look,
    },
    preview: {
      name: `${prefix}-preview`,
      description: `Previews ${prefix} from GitHub Actions`,
      grants: look,
    },
  };
}

function login(): Grant[] {
  return [
    {
      step: "log in to the registry",
      actions: ["ecr:GetAuthorizationToken"],
      resources: ["*"],
    },
  ];
}

/** Both by the preflight, which looks at manifest and platform, and by a pull. */
function pull(scope: IdentityScope): Grant[] {
  return grant(
    "look at an image, and pull it",
    ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    repositoryArns(scope),
  );
}

/** `maestro:gates.scans.source`. */
function readScans(scope: IdentityScope): Grant[] {
  const { readsScans = false } = scope;
  const actions = ["ecr:DescribeImageScanFindings"];
  return readsScans ? grant("ask what scans have found", actions, repositoryArns(scope)) : [];
}

function push(scope: IdentityScope): Grant[] {
  return grant(
    "push an image, and tag it",
    [
      "ecr:BatchCheckLayerAvailability",
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ],
    repositoryArns(scope),
  );
}

function readSecrets(scope: IdentityScope): Grant[] {
  return grant("read the services' secrets", ["secretsmanager:GetSecretValue"], secretArns(scope));
}

/** Pulumi keeps the secrets without their values. The official provider also reads who else may use one. */
function takeOverSecrets(scope: IdentityScope): Grant[] {
  return grant(
    "take over the services' secrets",
    ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
    secretArns(scope),
  );
}

function secretArns({ accountId, registry, project, stack, secretServices }: IdentityScope) {
  const prefix = `arn:aws:secretsmanager:${registry.region}:${accountId}:secret`;
  return secretServices.map((service) => `${prefix}:${project}/${stack}/${service}-??????`);
}

/** Nothing to grant where there is nothing it could be about. */
function grant(step: string, actions: string[], resources: string[]): Grant[] {
  return resources.length === 0 ? [] : [{ step, actions, resources: [...resources].sort() }];
}

function repositoryArns({ registry, repositories }: IdentityScope): string[] {
  const { accountId, region } = registry;
  return repositories.map((path) => `arn:aws:ecr:${region}:${accountId}:repository/${path}`);
}

/** The policy that grants exactly this. */
export function grantPolicy(grants: readonly Grant[]): string {
  return canonicalJson({
    Version: "2012-10-17",
    Statement: grants.map(({ step, actions, resources }) => ({
      Sid: step.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()),
      Effect: "Allow",
      Action: actions,
      Resource: resources,
    })),
  });
}

/** Lets jobs of one environment of one repository take the role, by the token GitHub gives them, and nobody else. */
export function githubTrust(
  provider: string,
  { repository, environment }: { readonly repository: string; readonly environment: string },
): string {
  return canonicalJson({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${GITHUB}:aud`]: GITHUB_AUDIENCE,
            [`${GITHUB}:sub`]: `repo:${repository}:environment:${environment}`,
          },
        },
      },
    ],
  });
}

/** Lets virtual machines take the role, by their instance profile. */
export function machineTrust(): string {
  return canonicalJson({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ec2.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    ],
  });
}
