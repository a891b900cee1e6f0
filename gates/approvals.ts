import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { readAccess, type AccessRules } from "../config/accessFile";
import { askGit } from "../config/git";
import { isNamed } from "../rules/access/roles";
import {
  APPROVAL_NAMESPACE,
  findApprovalProblem,
  isSamePerson,
  type Approval,
  type ApprovalSettings,
} from "../rules/gates/approval";
import { plainText } from "../rules/plainText";
import type { Gate, GateQuestion } from "./gate";

/** An approval that counts. */
export interface ValidApproval {
  /** Who has given it, as the signers' file names them. */
  readonly by: string;
  /** Fingerprint of the key. */
  readonly key: string;
  /** SHA-256 of the document, in hex. */
  readonly document: string;
}

/** What was found in the project's approvals of one release. */
export interface FoundApprovals {
  readonly valid: readonly ValidApproval[];
  /** Why others do not count, a line each. */
  readonly problems: readonly string[];
}

/** Keeps a release in until enough people have signed what it will do. */
export function approvalsGate(settings: ApprovalSettings, root: string): Gate {
  return {
    name: "approvals",
    async ask(question) {
      const { valid, problems } = await findApprovals(settings, root, question);
      if (valid.length >= settings.required) return null;
      const names = valid.map(({ by }) => by).join(", ");
      const { stack, release, replaces } = question;
      return [
        `${valid.length} of ${settings.required} people have approved${names ? ` (${names})` : ""}`,
        ...problems,
        `who may, runs \`maestro approve ${release} --stack ${stack} --replaces ${replaces ?? "none"}\``,
      ].join("; ");
    },
  };
}

/**
 * The approvals of a release in the project's directory. Each person counts once, and so does each key; where the project
 * has an access.yaml, only those of its approvers.
 */
export async function findApprovals(
  settings: ApprovalSettings,
  root: string,
  question: GateQuestion,
): Promise<FoundApprovals> {
  const signers = path.resolve(root, settings.signers);
  // A missing file must say so, and not look like nobody's signature.
  readFileSync(signers);
  const author = authorOf(root);
  const access = await readAccess(root);
  const valid: ValidApproval[] = [];
  const problems: string[] = [];
  for (const file of filesOf(path.resolve(root, settings.directory), question)) {
    const approval = await readApproval(file, signers);
    const problem =
      typeof approval === "string"
        ? approval
        : (findApprovalProblem(
            approval.plan,
            planOf(question),
            new Date(),
            settings.expiresAfterHours,
          ) ??
          findRoleProblem(approval.signed, question, access) ??
          findPersonProblem(approval.signed, question, author, valid));
    if (problem === null) valid.push((approval as Read).signed);
    else problems.push(`${path.basename(file)} ${plainText(problem, 300)}`);
  }
  valid.sort((one, other) => (one.by < other.by ? -1 : 1));
  return { valid, problems };
}

function planOf({ stack, release, replaces, traffic }: GateQuestion) {
  return { stack, release, replaces, traffic };
}

/** Whose signature is good may still be nobody who approves: the signers' file may name others too. */
function findRoleProblem(
  { by }: ValidApproval,
  { stack }: GateQuestion,
  access: AccessRules | null,
): string | null {
  if (access === null || isNamed(access.roles.approver ?? [], { signer: by }, stack)) return null;
  return `is by ${by}, who is no approver as \`signer\` in ${path.basename(access.file)}`;
}

function findPersonProblem(
  { by, key, document }: ValidApproval,
  { deployer, usedApprovals }: GateQuestion,
  author: string,
  valid: readonly ValidApproval[],
): string | null {
  if (usedApprovals.includes(document)) return "has let a release out already; it counts once";
  if (isSamePerson(by, deployer)) return `is by ${by}, who deploys`;
  if (isSamePerson(by, author)) return `is by ${by}, who has made the last commit`;
  if (valid.some((other) => other.key === key)) return "is by a key that has approved already";
  return valid.some((other) => other.by.toLowerCase() === by.toLowerCase())
    ? `is by ${by}, who has approved already`
    : null;
}

function filesOf(directory: string, { stack, release }: GateQuestion): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(`${stack}-${release}-`) && name.endsWith(".json"))
      .sort()
      .map((name) => path.join(directory, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

interface Read {
  readonly plan: Approval;
  readonly signed: ValidApproval;
}

/** @returns why it is none, where it is none. */
async function readApproval(file: string, signers: string): Promise<Read | string> {
  const content = readFileSync(file);
  const signature = `${file}.sig`;
  const found = await sshKeygen(["find-principals", "-s", signature, "-f", signers]);
  const by = found.stdout.split("\n")[0]?.trim() ?? "";
  if (found.exitCode !== 0 || by === "") return "is signed by nobody who may approve";
  const verify = ["verify", "-f", signers, "-I", by, "-n", APPROVAL_NAMESPACE, "-s", signature];
  const verified = await sshKeygen(verify, content);
  const key = / key (SHA256:\S+)/.exec(verified.stdout)?.[1];
  if (verified.exitCode !== 0 || key === undefined) {
    return `has no good signature of ${by}: it was changed after it was signed, or signed for something else`;
  }
  try {
    const plan = JSON.parse(content.toString("utf8")) as Approval;
    const document = createHash("sha256").update(content).digest("hex");
    return { plan, signed: { by, key, document } };
  } catch {
    return "is no JSON";
  }
}

/** @throws Error when it is not there: then nobody's word can be checked. */
async function sshKeygen(args: readonly string[], input?: Buffer) {
  // Without anything to read: who ends before it has read nothing counts as failed.
  const stdin = input === undefined ? { stdin: "ignore" as const } : { input };
  const result = await execa("ssh-keygen", ["-Y", ...args], { ...stdin, reject: false });
  if ((result as { code?: string }).code === "ENOENT") {
    throw new Error("ssh-keygen is not installed; install OpenSSH's client (8.9 or newer)");
  }
  return result;
}

/** Empty: not known. */
function authorOf(root: string): string {
  const answer = askGit(root, ["log", "-1", "--format=%ae"]);
  return "output" in answer ? (answer.output ?? "") : "";
}
