/** Variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Which pull or merge request, where the CI does not tell. */
export interface RequestOptions {
  /** `owner/name`, or GitLab's id of the project. */
  readonly repository?: string;
  readonly number?: string;
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
