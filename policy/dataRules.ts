import type { Rule } from "./rule";

/** What cannot be made again: the only copies of images that a rollback needs, values, keys, data, state. */
const PROTECTED = [
  "aws:dynamodb/table:Table",
  "aws:ecr/repository:Repository",
  "aws:efs/fileSystem:FileSystem",
  "aws:kms/key:Key",
  "aws:rds/cluster:Cluster",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  "aws:secretsmanager/secret:Secret",
  "docker:index/volume:Volume",
];

export const dataRules: readonly Rule[] = [
  {
    name: "protected-data",
    description: "Repositories, secrets, keys, databases, buckets and volumes are protected.",
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
    name: "secret-recovery",
    description: "A secret that is deleted by mistake can be had back for a week at least.",
    check: ({ type, props }) => {
      const days = props["recoveryWindowInDays"];
      // Left out, it is 30 days.
      return type === "aws:secretsmanager/secret:Secret" && days === 0
        ? ["recoveryWindowInDays: must be 7 to 30, got 0, which deletes at once; leave it out"]
        : [];
    },
  },
  {
    name: "log-retention",
    description: "Logs are kept for a time that somebody has chosen.",
    check: ({ type, props }) =>
      type === "aws:cloudwatch/logGroup:LogGroup" && !props["retentionInDays"]
        ? ["retentionInDays: must be set, else logs are kept for ever; set it"]
        : [],
  },
];
