import { AccessFileError, readAccess, type AccessRules } from "../config/accessFile";
import { osUser } from "../config/osUser";
import {
  describeIdentities,
  isEnough,
  isNamed,
  rolesOf,
  type Identities,
  type Role,
} from "../rules/access/roles";
import { plainText } from "../rules/plainText";
import type { Environment, FoundCaller } from "./callers/caller";

/** Why somebody does what no role of theirs allows; see docs/access.md. */
const BREAK_GLASS = "MAESTRO_BREAK_GLASS";
const REASON_LENGTH = { least: 8, most: 300 };

/** What somebody wants to do. */
export interface Wish {
  /** As a person would say it: `rollback`, `an update`. */
  readonly what: string;
  /** Null: it concerns no stack. */
  readonly stack: string | null;
  readonly needs: Role;
}

/** That somebody may do something, and by what. */
export interface Admission {
  /** Who it is, as far as it was asked. */
  readonly caller: string;
  readonly roles: readonly Role[];
  /** Which rules have said so; null: those in the file cannot be read. */
  readonly access: string | null;
  /** Why it was let pass without the role; null: it has the role. */
  readonly brokeGlass: string | null;
}

/** Who asks, and where; tests play others. */
export interface Asking {
  readonly environment: Environment;
  readonly user: { readonly name: string; readonly isRoot: boolean };
}

/**
 * Whether somebody may do something, by the project's access.yaml. Who it is is asked of the operating system first; of the
 * job's server and of AWS only where the file names such ones and the user alone is not enough.
 *
 * @param root the project's directory.
 * @returns null: the project has no such file, so there is nothing to ask.
 * @throws Error that says who was seen, which role is needed, and where the file is.
 */
export async function admit(
  root: string,
  wish: Wish,
  asking: Asking = askingNow(),
): Promise<Admission | null> {
  const { user } = asking;
  let rules: AccessRules | null;
  try {
    rules = await readAccess(root);
  } catch (error) {
    if (!(error instanceof AccessFileError)) throw error;
    const caller = describeIdentities({ os: user.name });
    const brokeGlass = isRootOnItsOwn(asking) ? reasonGiven(asking.environment) : null;
    if (brokeGlass !== null) return { caller, roles: ["viewer"], access: null, brokeGlass };
    throw new Error(
      `${error.message}\nmend the file; commands that only look still work, and root may set ${BREAK_GLASS} to why it ` +
        "cannot wait",
    );
  }
  return rules && judge(rules, wish, asking);
}

/** Whoever runs this process. */
export function askingNow(): Asking {
  const isRoot = process.getuid?.() === 0;
  return { environment: process.env, user: { name: osUser().name, isRoot } };
}

async function judge(rules: AccessRules, wish: Wish, asking: Asking): Promise<Admission> {
  const { stack, needs } = wish;
  let identities: Identities = { os: asking.user.name };
  const problems: string[] = [];
  let roles = rolesOf(rules.roles, identities, stack);
  for (const ask of callersFor(rules)) {
    if (isEnough(roles, needs)) break;
    const found = await ask(rules, asking.environment);
    identities = { ...identities, ...found.identities };
    if (found.problem !== undefined) problems.push(plainText(found.problem, 300));
    roles = rolesOf(rules.roles, identities, stack);
  }
  const caller = plainText(describeIdentities(identities), 300);
  const admission = { caller, roles: [...roles], access: rules.version };
  if (isEnough(roles, needs)) return { ...admission, brokeGlass: null };
  const mayBreakGlass = isRootOnItsOwn(asking) || isNamed(rules.breakGlass, identities, stack);
  const reason = mayBreakGlass ? reasonGiven(asking.environment) : null;
  if (reason !== null) return { ...admission, brokeGlass: reason };
  throw new Error(describeRefusal(rules, wish, admission, problems, mayBreakGlass));
}

/** Only those that the file names: nothing else is asked, and nothing else is loaded. */
function callersFor({ roles, breakGlass }: AccessRules) {
  const all = [...Object.values(roles).flat(), ...breakGlass];
  type Ask = (rules: AccessRules, environment: Environment) => Promise<FoundCaller>;
  const callers: [isNamed: boolean, ask: Ask][] = [
    [
      all.some(({ github }) => github !== undefined),
      async (...given) => (await import("./callers/github")).github(...given),
    ],
    [
      all.some(({ gitlab }) => gitlab !== undefined),
      async (...given) => (await import("./callers/gitlab")).gitlab(...given),
    ],
    [all.some(({ aws }) => aws !== undefined), async () => (await import("./callers/aws")).aws()],
  ];
  return callers.flatMap(([isWanted, ask]) => (isWanted ? [ask] : []));
}

function describeRefusal(
  { file }: AccessRules,
  { what, stack, needs }: Wish,
  { caller, roles }: Pick<Admission, "caller" | "roles">,
  problems: readonly string[],
  mayBreakGlass: boolean,
): string {
  const of = stack === null ? "" : ` of stack ${stack}`;
  return [
    `${what}${of}: needs the role ${needs}, got ${roles.join(" and ")} for ${caller}; ${file} says who has it`,
    ...problems,
    ...(mayBreakGlass
      ? [`if it cannot wait, set ${BREAK_GLASS} to why, in 8 to 300 characters; it goes on record`]
      : []),
  ].join("\n  ");
}

/** Root can do everything on its machine. In a job of a CI it says nothing of a person. */
function isRootOnItsOwn({ user, environment }: Asking): boolean {
  return user.isRoot && !environment["CI"] && !environment["GITHUB_ACTIONS"];
}

/** Null: none is given, or none that says anything. */
function reasonGiven(environment: Environment): string | null {
  const reason = plainText((environment[BREAK_GLASS] ?? "").trim(), REASON_LENGTH.most);
  return reason.length < REASON_LENGTH.least ? null : reason;
}
