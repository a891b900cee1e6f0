import { githubTrust } from "../../rules/aws/deployIdentity";
import { HARDENED } from "../support/hardenedContainer";
import { pullPolicy } from "../../rules/aws/ecrPolicies";

export type Props = Readonly<Record<string, unknown>>;

/** A resource that keeps every rule. */
export interface Fixture {
  readonly type: string;
  readonly good: Props;
  readonly protect?: boolean;
}

export const GITHUB = "token.actions.githubusercontent.com";
export const DIGEST = `sha256:${"a".repeat(64)}`;

/** As the stack's own roles are trusted. */
export const GITHUB_TRUST = {
  ...(
    JSON.parse(
      githubTrust("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com", {
        repository: "acme/shop",
        environment: "demo",
      }),
    ) as { Statement: [Record<string, unknown>] }
  ).Statement[0],
};
const INSIDE = { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } };

/** The same for another `sub`. */
export function trustOf(sub: string): Props {
  const claims = { [`${GITHUB}:aud`]: "sts.amazonaws.com", [`${GITHUB}:sub`]: sub };
  return { assumeRolePolicy: allow({ ...GITHUB_TRUST, Condition: { StringEquals: claims } }) };
}

/** Resources that keep every rule. */
export const FIXTURES = {
  container: {
    type: "docker:index/container:Container",
    good: {
      image: `localhost:5000/maestro/web@${DIGEST}`,
      ...HARDENED,
      ports: [
        { internal: 8080, external: 80, ip: "0.0.0.0" },
        { internal: 8081, external: 8081, ip: "127.0.0.1" },
      ],
      mounts: [
        { type: "bind", source: "/run/maestro/x/blue/web", readOnly: true },
        { type: "bind", source: "/dev/shm/maestro/x/blue/web", readOnly: true },
        { type: "volume", source: "data" },
      ],
    },
  },
  image: { type: "docker:index/remoteImage:RemoteImage", good: { name: `nginx@${DIGEST}` } },
  repository: {
    type: "aws:ecr/repository:Repository",
    good: {
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "AES256" }],
    },
    protect: true,
  },
  secret: { type: "aws:secretsmanager/secret:Secret", good: {}, protect: true },
  volume: { type: "docker:index/volume:Volume", good: {}, protect: true },
  iam: {
    type: "aws:iam/rolePolicy:RolePolicy",
    good: {
      policy: policy(["ecr:GetAuthorizationToken"], "*"),
    },
  },
  attachment: {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    good: { policyArn: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly" },
  },
  role: {
    type: "aws:iam/role:Role",
    good: { assumeRolePolicy: allow(GITHUB_TRUST) },
  },
  repositoryPolicy: {
    type: "aws:ecr/repositoryPolicy:RepositoryPolicy",
    good: { policy: pullPolicy(["123456789012"]) },
  },
  bucket: { type: "aws:s3/bucket:Bucket", good: { acl: "private" }, protect: true },
  bucketPolicy: {
    type: "aws:s3/bucketPolicy:BucketPolicy",
    good: {
      policy: {
        Statement: [
          { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" },
          { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Condition: INSIDE },
        ],
      },
    },
  },
  accessBlock: {
    type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    good: {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
  },
  securityGroup: {
    type: "aws:ec2/securityGroup:SecurityGroup",
    good: {
      ingress: [
        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
        { protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["10.0.0.0/8"] },
      ],
    },
  },
  ingressRule: {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    good: { ipProtocol: "tcp", fromPort: 80, toPort: 80, cidrIpv6: "::/0" },
  },
  egressRule: {
    type: "aws:ec2/securityGroupRule:SecurityGroupRule",
    good: { type: "egress", protocol: "-1", cidrBlocks: ["0.0.0.0/0"] },
  },
  logGroup: { type: "aws:cloudwatch/logGroup:LogGroup", good: { retentionInDays: 30 } },
} as const satisfies Record<string, Fixture>;

/** A policy that allows actions on a resource. */
export function policy(Action: string[], Resource: string): string {
  return allow({ Action, Resource });
}

/** A policy with one statement that allows something. */
export function allow(statement: Props): string {
  return JSON.stringify({ Statement: { Effect: "Allow", ...statement } });
}
