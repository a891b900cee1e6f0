import { userInfo } from "node:os";

/** Who runs this process, by the operating system. */
export interface OsUser {
  readonly name: string;
  /** The user that it runs as, where that is another one: `root`, by sudo. */
  readonly as?: string;
}

/**
 * The user of the operating system. For what sudo runs as root it is who has called sudo; any other process could have set
 * that variable itself, except root, who may be anybody anyway.
 */
export function osUser(environment: Readonly<NodeJS.ProcessEnv> = process.env): OsUser {
  const name = nameOfProcess();
  const caller = environment["SUDO_USER"];
  return process.getuid?.() === 0 && caller && caller !== name
    ? { name: caller, as: name }
    : { name };
}

/** Containers may run as a number that has no name. */
function nameOfProcess(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
