import type { AccessRules } from "../../config/accessFile";
import type { Identities } from "../../rules/access/roles";

/** What a process is told of itself. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What was found of somebody, or why it cannot be proven; neither: this is no place where such a one is known. */
export interface FoundCaller {
  readonly identities: Identities;
  /** For people: what is in the way, and what to do. */
  readonly problem?: string;
}

/** Finds out who runs this process, by one kind of identity. */
export type Caller = (
  rules: Pick<AccessRules, "issuers" | "audience">,
  environment: Environment,
) => Promise<FoundCaller>;

/** How long a server may take to answer, in seconds. */
export const PATIENCE_SECONDS = 10;

/** This is no place where somebody of this kind is known. */
export const NOBODY: FoundCaller = { identities: {} };
