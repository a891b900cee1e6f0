import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * `maestro:rollout` of a throwaway stack. Its kind is `shared`, whose releases are watched for a minute unless the test,
 * or its project, says otherwise.
 */
export function rolloutOf(
  projectRoot: string,
  { rollout }: Readonly<Record<string, unknown>>,
): { rollout?: object } {
  const project = readFileSync(path.join(projectRoot, "Pulumi.yaml"), "utf8");
  if (rollout === undefined && project.includes("maestro:rollout")) return {};
  return { rollout: { bakeSeconds: 0, stabilizeSeconds: 0, ...(rollout as object | undefined) } };
}
