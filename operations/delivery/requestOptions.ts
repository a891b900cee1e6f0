/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which pull or merge request, where the CI does not tell. */
export interface RequestOptions {
  /** `github` or `gitlab`. */
  readonly provider?: string;
  /** `owner/name`, or GitLab's id of the project. */
  readonly repository?: string;
  readonly number?: string;
}

const PROVIDERS = ["github", "gitlab"] as const;

/**
 * Whose API is asked: what is named, else the one whose CI this is.
 *
 * @throws Error for any other name.
 */
export function providerOf(
  { provider }: Pick<RequestOptions, "provider">,
  environment: Environment,
): (typeof PROVIDERS)[number] {
  const name = provider ?? (environment["GITLAB_CI"] ? "gitlab" : "github");
  const known = PROVIDERS.find((each) => each === name);
  if (known !== undefined) return known;
  throw new Error(`--provider: must be ${PROVIDERS.join(" or ")}, got ${JSON.stringify(name)}`);
}

/**
 * The values, in order.
 *
 * @param values what to say where one is missing -> the value.
 * @throws Error with all that is to be said.
 */
export function requireAll(values: Readonly<Record<string, string | undefined>>): string[] {
  const missing = Object.entries(values).flatMap(([says, value]) => (value ? [] : [says]));
  if (missing.length > 0) throw new Error(missing.join("\n"));
  return Object.values(values) as string[];
}
