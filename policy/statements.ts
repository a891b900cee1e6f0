import { list, record, texts } from "./rule";

/** One `Allow` of a policy of AWS, with everything as a list. */
export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whether it allows all actions, or on all resources, except what it names. */
  readonly isInverted: boolean;
  /** Who may: account ids, ARNs, `*`. */
  readonly principals: readonly string[];
  /** Identity providers whose tokens are taken. */
  readonly federated: readonly string[];
  /** Operator -> key -> values. */
  readonly condition: Readonly<Record<string, unknown>>;
}

/** The statements that allow something; null: `policy` is no policy, which AWS will refuse. */
export function allowedBy(policy: unknown): Statement[] | null {
  const document = typeof policy === "string" ? parse(policy) : policy;
  if (typeof document !== "object" || document === null) return null;
  const { Statement: given } = document as { Statement?: unknown };
  return listOf(given)
    .map(record)
    .filter(({ Effect }) => Effect === "Allow")
    .map((statement) => ({
      actions: texts(listOf(statement["Action"])),
      resources: texts(listOf(statement["Resource"])),
      isInverted: "NotAction" in statement || "NotResource" in statement,
      // All except some is everybody else.
      ...principalsOf("NotPrincipal" in statement ? "*" : statement["Principal"]),
      condition: record(statement["Condition"]),
    }));
}

function principalsOf(principal: unknown): Pick<Statement, "principals" | "federated"> {
  if (principal === "*") return { principals: ["*"], federated: [] };
  const { AWS, Federated } = record(principal);
  return { principals: texts(listOf(AWS)), federated: texts(listOf(Federated)) };
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? list(value) : [value];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
