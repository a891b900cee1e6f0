import { list, record, texts, WEB_PORTS, type CheckedResource, type Rule } from "./rule";
import { allowedBy, type Statement } from "./statements";

/** The only action that AWS cannot limit to a resource. */
const WITHOUT_RESOURCE = "ecr:GetAuthorizationToken";
const IAM_POLICY = /^aws:iam\/(?:policy|rolePolicy|userPolicy|groupPolicy):/;
const ATTACHMENT = /^aws:iam\/(?:role|user|group)?[pP]olicyAttachment:/;
const UNLIMITED_POLICY = /:policy\/(?:AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;
/** Whose policies say who may use the thing. */
const WITH_PRINCIPALS = [
  "aws:ecr/repositoryPolicy:RepositoryPolicy",
  "aws:kms/key:Key",
  "aws:kms/keyPolicy:KeyPolicy",
  "aws:s3/bucketPolicy:BucketPolicy",
  "aws:secretsmanager/secretPolicy:SecretPolicy",
];
const PUBLIC_ACL = /^(?:public-|authenticated-read)/;
const ACCESS_BLOCKS = [
  "blockPublicAcls",
  "blockPublicPolicy",
  "ignorePublicAcls",
  "restrictPublicBuckets",
];
const GITHUB = "token.actions.githubusercontent.com";
const EVERYWHERE = ["0.0.0.0/0", "::/0"];

export const accessRules: readonly Rule[] = [
  {
    name: "least-privilege",
    description: "An IAM policy names what it allows: no action and no resource is *.",
    check: ({ type, props }) => [
      ...(IAM_POLICY.test(type) ? inPolicy(props["policy"], broadProblems) : []),
      ...(ATTACHMENT.test(type) && UNLIMITED_POLICY.test(String(props["policyArn"]))
        ? [`policyArn: ${String(props["policyArn"])} allows nearly everything; write a policy`]
        : []),
    ],
  },
  {
    name: "no-access-keys",
    description: "Nobody gets a key of AWS that lasts: pipelines and hosts take roles.",
    check: ({ type }) =>
      type === "aws:iam/accessKey:AccessKey"
        ? ["is a key that lasts until somebody deletes it; use a role"]
        : [],
  },
  {
    name: "role-trust",
    description: "A role names who may take it; of GitHub, one repository and environment.",
    check: ({ type, props }) =>
      type === "aws:iam/role:Role"
        ? inPolicy(props["assumeRolePolicy"], trustProblems, "assumeRolePolicy")
        : [],
  },
  {
    name: "no-public-access",
    description: "Images, secrets, keys and buckets are for those whom a policy names.",
    check: ({ type, props }) => [
      ...(WITH_PRINCIPALS.includes(type) ? inPolicy(props["policy"], publicProblems) : []),
      ...(/^aws:s3\/bucket(?:V2|Acl|AclV2)?:/.test(type) && PUBLIC_ACL.test(String(props["acl"]))
        ? [`acl: must be private, got ${String(props["acl"])}; set it, or leave it out`]
        : []),
      ...(type === "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        ? ACCESS_BLOCKS.filter((key) => props[key] !== true).map(
            (key) => `${key}: must be true; set it`,
          )
        : []),
    ],
  },
  {
    name: "open-network",
    description: "The whole world reaches ports 80 and 443 alone.",
    check: (resource) =>
      openPorts(resource).map(
        (ports) => `ingress: everybody reaches ${ports}; name the addresses that may`,
      ),
  },
];

/** What is wrong with a policy's statements; nothing where it is left out. */
function inPolicy(
  policy: unknown,
  find: (statement: Statement, property: string) => string[],
  property = "policy",
): string[] {
  if (policy === undefined) return [];
  const statements = allowedBy(policy);
  if (statements === null) return [`${property}: must be a policy in JSON; mend it`];
  return statements.flatMap((statement) => find(statement, property));
}

function broadProblems({ actions, resources, isInverted }: Statement, property: string): string[] {
  const broad = actions.filter((action) => action.includes("*"));
  const unlimited = resources.includes("*")
    ? actions.filter((action) => action !== WITHOUT_RESOURCE)
    : [];
  return [
    ...(isInverted ? [`${property}: allows all except what it names; name what it allows`] : []),
    ...broad.map((action) => `${property}: allows ${action}; name each action`),
    ...unlimited.map((action) => `${property}: allows ${action} on *; name its resources`),
  ];
}

function publicProblems({ principals, condition }: Statement, property: string): string[] {
  // A condition is what limits a policy to an organization, a network, a source.
  const isOpen = principals.includes("*") && Object.keys(condition).length === 0;
  return isOpen ? [`${property}: allows everybody; name the accounts that may`] : [];
}

function trustProblems(statement: Statement, property: string): string[] {
  const open = publicProblems(statement, property);
  if (!statement.federated.some((each) => each.endsWith(GITHUB))) return open;
  const equal = record(statement.condition["StringEquals"]);
  const missing = ["aud", "sub"].filter((claim) => {
    const values = [equal[`${GITHUB}:${claim}`]].flat();
    return !values.every((value) => typeof value === "string" && !/[*?]/.test(value));
  });
  return [
    ...open,
    ...missing.map(
      (claim) =>
        `${property}: takes GitHub's tokens of any ${claim}; compare it by StringEquals, without *`,
    ),
  ];
}

/** Ports that everybody reaches, except the web's. */
function openPorts({ type, props }: CheckedResource): string[] {
  const rules =
    type === "aws:ec2/securityGroup:SecurityGroup"
      ? list(props["ingress"]).map(record)
      : type === "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" ||
          (type === "aws:ec2/securityGroupRule:SecurityGroupRule" && props["type"] === "ingress")
        ? [props]
        : [];
  return rules.filter(isForAll).flatMap((rule) => {
    const { fromPort, toPort } = rule;
    const all = String(rule["protocol"] ?? rule["ipProtocol"]) === "-1";
    if (!all && fromPort === toPort && WEB_PORTS.includes(fromPort as number)) return [];
    return [all ? "all ports" : `ports ${String(fromPort)} to ${String(toPort)}`];
  });
}

function isForAll(rule: Readonly<Record<string, unknown>>): boolean {
  const sources = [
    ...texts(rule["cidrBlocks"]),
    ...texts(rule["ipv6CidrBlocks"]),
    ...texts([rule["cidrIpv4"], rule["cidrIpv6"]]),
  ];
  return sources.some((source) => EVERYWHERE.includes(source));
}
