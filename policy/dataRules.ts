import type { Rule } from "./rule";

/** What cannot be made again: the only copies of images that a rollback needs, values, data. */
const PROTECTED = [
  "aws:ecr/repository:Repository",
  "aws:secretsmanager/secret:Secret",
  "docker:index/volume:Volume",
];
/** The only action that AWS cannot limit to a resource. */
const WITHOUT_RESOURCE = "ecr:GetAuthorizationToken";

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

export const dataRules: readonly Rule[] = [
  {
    name: "protected-data",
    description: "Repositories, secrets and volumes are protected.",
    check: ({ type, protect }) =>
      PROTECTED.includes(type) && !protect ? ["must be protected; set the option protect"] : [],
  },
  {
    name: "repository",
    description: "An image repository scans what is pushed, is encrypted, and does not move tags.",
    check: ({ type, props }) => {
      if (type !== "aws:ecr/repository:Repository") return [];
      const { imageTagMutability, imageScanningConfiguration, encryptionConfigurations } = props;
      const scans = (imageScanningConfiguration as { scanOnPush?: boolean } | undefined)
        ?.scanOnPush;
      const moves = !String(imageTagMutability).startsWith("IMMUTABLE");
      const encrypted = Array.isArray(encryptionConfigurations) && encryptionConfigurations.length;
      return [
        ...(moves ? ["imageTagMutability: must be IMMUTABLE or IMMUTABLE_WITH_EXCLUSION"] : []),
        ...(scans === true ? [] : ["imageScanningConfiguration.scanOnPush: must be true; set it"]),
        ...(encrypted ? [] : ["encryptionConfigurations: must be set; use AES256 or KMS"]),
      ];
    },
  },
  {
    name: "least-privilege",
    description: "An IAM policy names what it allows: no action and no resource is *.",
    check: ({ type, props }) =>
      /^aws:iam\/(?:policy|rolePolicy):/.test(type) && typeof props["policy"] === "string"
        ? broadStatements(props["policy"])
        : [],
  },
];

function broadStatements(policy: string): string[] {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  return [Statement].flat().flatMap(({ Effect, Action = [], Resource = [] }) => {
    if (Effect !== "Allow") return [];
    const actions = [Action].flat();
    const everywhere = [Resource].flat().includes("*");
    const broad = actions.filter((action) => action.includes("*"));
    const unlimited = everywhere ? actions.filter((action) => action !== WITHOUT_RESOURCE) : [];
    return [
      ...broad.map((action) => `policy: allows ${action}; name each action`),
      ...unlimited.map((action) => `policy: allows ${action} on *; name its resources`),
    ];
  });
}
