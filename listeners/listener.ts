import type { Notice } from "../rules/notices/notice";

/** Tells somebody of what has happened. Its failure never fails a release. */
export interface Listener {
  /** What messages call it. */
  readonly name: string;
  /**
   * @throws NotTold saying whether another try is worth it, without anything secret.
   */
  tell(notice: Notice): Promise<void>;
}

/** A notice did not arrive. */
export class NotTold extends Error {
  /**
   * @param how `later`: another try may help. `never`: none will. `elsewhere`: this deployer lacks what the channel needs,
   *   and another one may have it.
   */
  constructor(
    message: string,
    readonly how: "later" | "never" | "elsewhere",
    /** How long the channel wants to be left alone; null: it did not say. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/**
 * What a variable of the environment holds.
 *
 * @throws NotTold when it is not set here.
 */
export function fromEnvironment(variable: string): string {
  const value = process.env[variable];
  if (value === undefined || value === "") {
    throw new NotTold(`${variable} is not set here; set it for the next command`, "elsewhere");
  }
  return value;
}
