import { textsOf } from "./text";
import { isRecord, type Properties, type Value } from "../../rpc/values";

/** How the plugin reaches AWS: the official provider's settings, as far as they are covered. */
export interface AwsConfig {
  /** Empty: the environment or the profile decides. */
  readonly region: string;
  readonly profile: string | undefined;
  readonly credentials:
    | {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken?: string;
      }
    | undefined;
  /** Service name as the official provider spells it (`ecr`, `iam`, ...) -> URL. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Tags that every resource gets unless it sets the same key itself. */
  readonly defaultTags: Readonly<Record<string, string>>;
  readonly allowedAccountIds: readonly string[];
  readonly forbiddenAccountIds: readonly string[];
  readonly maxRetries: number | undefined;
  /** True: do not ask STS who we are before the first request. */
  readonly skipCredentialsValidation: boolean;
}

export const SERVICES = ["ecr", "iam", "secretsmanager", "sts"] as const;

/** Settings that are read, and those that change nothing about what this plugin does. */
const KNOWN_KEYS = [
  "accessKey",
  "allowedAccountIds",
  "defaultTags",
  "endpoints",
  "forbiddenAccountIds",
  "maxRetries",
  "profile",
  "region",
  "secretKey",
  "skipCredentialsValidation",
  "skipMetadataApiCheck",
  "skipRegionValidation",
  "skipRequestingAccountId",
  "token",
  "version",
  "pluginDownloadURL",
  "__internal",
];

/** What this plugin cannot do as asked; a setting it ignored could reach the wrong account. */
export function findConfigProblems(given: Properties): { property: string; reason: string }[] {
  const unknown = Object.entries(given)
    .filter(([key, value]) => !KNOWN_KEYS.includes(key) && value !== null && value !== "")
    .map(([property]) => ({
      property,
      reason: `${property}: not supported by this stand-in plugin; remove it or install the official plugin`,
    }));
  const { accessKey, secretKey } = given;
  const isHalf = (accessKey ?? null) === null ? (secretKey ?? null) !== null : !secretKey;
  return isHalf
    ? [
        ...unknown,
        { property: "secretKey", reason: "accessKey and secretKey go together; set both or none" },
      ]
    : unknown;
}

/** Reads the provider's settings. Nested ones arrive as JSON text, as the SDK sends them. */
export function readConfig(given: Properties): AwsConfig {
  const text = (key: string) => (typeof given[key] === "string" ? given[key] : undefined);
  const accessKeyId = text("accessKey");
  const sessionToken = text("token");
  return {
    region: text("region") ?? "",
    profile: text("profile"),
    credentials:
      accessKeyId === undefined
        ? undefined
        : {
            accessKeyId,
            secretAccessKey: text("secretKey") ?? "",
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
    endpoints: readEndpoints(decode(given.endpoints)),
    defaultTags: readTexts(field(decode(given.defaultTags), "tags")),
    allowedAccountIds: readList(decode(given.allowedAccountIds)),
    forbiddenAccountIds: readList(decode(given.forbiddenAccountIds)),
    maxRetries: given.maxRetries == null ? undefined : Number(given.maxRetries),
    skipCredentialsValidation: decode(given.skipCredentialsValidation) === true,
  };
}

function decode(value: Value | undefined): Value {
  if (typeof value !== "string") return value ?? null;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value;
  }
}

function field(value: Value, name: string): Value {
  return isRecord(value) ? (value[name] ?? null) : null;
}

function readTexts(value: Value): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) =>
      typeof entry === "string" && !key.startsWith("__") ? [[key, entry]] : [],
    ),
  );
}

function readList(value: Value): string[] {
  return Array.isArray(value) ? textsOf(value) : [];
}

/** A list of objects, each naming services; a later one wins. */
function readEndpoints(value: Value): Record<string, string> {
  const entries = Array.isArray(value) ? (value as Value[]) : [value];
  return Object.assign({}, ...entries.map(readTexts)) as Record<string, string>;
}
