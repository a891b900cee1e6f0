/** What people and jobs may do to a stack. Everybody is a viewer; an admin is an operator too, and no approver. */
export const ROLES = ["viewer", "operator", "approver", "admin"] as const;

export type Role = (typeof ROLES)[number];

/** What a job of GitHub Actions is, by the token that GitHub signs for it. */
export interface GithubClaims {
  readonly actor: string;
  readonly repository: string;
  /** `refs/heads/main` */
  readonly ref: string;
  /** Left out: the job names none. */
  readonly environment?: string;
}

/** What a job of GitLab CI is, by the token that GitLab signs for it. */
export interface GitlabClaims {
  readonly user: string;
  readonly project: string;
  /** `main` */
  readonly ref: string;
  readonly environment?: string;
}

/** Who somebody is, as far as it is proven. */
export interface Identities {
  /** User of the operating system; behind sudo, who has called it. */
  readonly os?: string;
  readonly github?: GithubClaims;
  readonly gitlab?: GitlabClaims;
  /** ARN, as AWS tells its caller. */
  readonly aws?: string;
  /** Whose key has signed an approval, as the signers' file names them. */
  readonly signer?: string;
}

/** Who a line of access.yaml is about: one kind of identity, and on which stacks. `*` stands for any characters. */
export interface Grant {
  readonly os?: string;
  readonly github?: Partial<GithubClaims>;
  readonly gitlab?: Partial<GitlabClaims>;
  readonly aws?: string;
  readonly signer?: string;
  /** Left out: all stacks, and what concerns none. */
  readonly stacks?: readonly string[];
}

/** Who has which role. */
export type Grants = Readonly<Partial<Record<Role, readonly Grant[]>>>;

/**
 * The roles that somebody has on a stack.
 *
 * @param stack null: what is done concerns no stack, as `maestro leave`.
 */
export function rolesOf(
  grants: Grants,
  identities: Identities,
  stack: string | null,
): ReadonlySet<Role> {
  const granted = ROLES.filter((role) => isNamed(grants[role] ?? [], identities, stack));
  return new Set<Role>(["viewer", ...granted]);
}

/** Whether some of these lines are about somebody. */
export function isNamed(
  grants: readonly Grant[],
  identities: Identities,
  stack: string | null,
): boolean {
  return grants.some((grant) => isAbout(grant, identities) && concerns(grant, stack));
}

/** Whether one of the roles is enough for what needs `needed`. */
export function isEnough(roles: ReadonlySet<Role>, needed: Role): boolean {
  return roles.has(needed) || (needed === "operator" && roles.has("admin"));
}

/** `os user alice`, `github alice of acme/shop at refs/heads/main in demo`. */
export function describeIdentities({ os, github, gitlab, aws, signer }: Identities): string {
  const at = (ref: string, environment?: string) =>
    `at ${ref}${environment === undefined ? "" : ` in ${environment}`}`;
  const named = [
    ...(os === undefined ? [] : [`os user ${os}`]),
    ...(github
      ? [`github ${github.actor} of ${github.repository} ${at(github.ref, github.environment)}`]
      : []),
    ...(gitlab
      ? [`gitlab ${gitlab.user} of ${gitlab.project} ${at(gitlab.ref, gitlab.environment)}`]
      : []),
    ...(aws === undefined ? [] : [`aws ${aws}`]),
    ...(signer === undefined ? [] : [`signer ${signer}`]),
  ];
  return named.join(", ") || "nobody who can be named";
}

/** One kind is named; a claim that the line does not name may be anything. */
function isAbout(grant: Grant, identities: Identities): boolean {
  const { os, github, gitlab, aws, signer } = grant;
  if (os !== undefined) return identities.os !== undefined && isLike(os, identities.os);
  if (aws !== undefined) return identities.aws !== undefined && isLike(aws, identities.aws);
  if (signer !== undefined)
    return identities.signer !== undefined && isSameName(signer, identities.signer);
  if (github) return hasClaims(github, identities.github);
  return gitlab !== undefined && hasClaims(gitlab, identities.gitlab);
}

function hasClaims(wanted: object, given: object | undefined): boolean {
  if (given === undefined) return false;
  const claims = given as Readonly<Record<string, string | undefined>>;
  return Object.entries(wanted as Readonly<Record<string, string>>).every(([name, pattern]) => {
    const claim = claims[name];
    if (claim === undefined) return false;
    // Servers take names of people and repositories whatever their case is; refs and environments are taken as they are.
    const isName = ["actor", "user", "repository", "project"].includes(name);
    return isName ? isSameName(pattern, claim) : isLike(pattern, claim);
  });
}

function concerns({ stacks }: Grant, stack: string | null): boolean {
  if (stacks === undefined) return true;
  return stack !== null && stacks.some((pattern) => isLike(pattern, stack));
}

function isSameName(pattern: string, name: string): boolean {
  return isLike(pattern.toLowerCase(), name.toLowerCase());
}

/** Whether a text is what a pattern says; `*` stands for any characters. */
function isLike(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  if (parts.length === 1) return pattern === text;
  const [first = "", ...rest] = parts;
  const last = rest.pop() ?? "";
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  // The leftmost place of each part is the best one: what follows has the most room.
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
