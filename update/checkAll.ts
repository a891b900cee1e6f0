import { refuse } from "../release/rolloutPlan";

/**
 * Waits for all checks, so that one update tells everything that is wrong.
 *
 * @param isExpected whether an error is about what the operator can mend.
 * @throws PlanError with what the checks have found; any other error as it is.
 */
export async function checkAll(
  checks: readonly Promise<unknown>[],
  isExpected: (error: unknown) => boolean,
): Promise<void> {
  const outcomes = await Promise.allSettled(checks);
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [outcome.reason as Error] : [],
  );
  const strange = errors.find((error) => !isExpected(error));
  if (strange) throw strange;
  refuse(errors.map(({ message }) => message));
}
