/** Everything that is wrong with a stack's configuration, found in one run. */
export class ConfigError extends Error {
  public override readonly name = "ConfigError";

  /**
   * @param stack Name of the stack whose configuration was checked.
   * @param issues One line each: `path: what is wrong, got <value>; what to do`.
   */
  constructor(
    stack: string,
    public readonly issues: readonly string[],
  ) {
    const count = issues.length === 1 ? "1 problem" : `${issues.length} problems`;
    super([`${count} in the configuration of stack "${stack}":`, ...issues].join("\n  "));
  }
}
