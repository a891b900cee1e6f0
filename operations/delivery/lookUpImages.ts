import { setTimeout } from "node:timers/promises";
import type { ImageFacts } from "../../rules/delivery/planComment";
import type { PlanFacts } from "../../rules/delivery/planFacts";
import { readImageFacts } from "../../registry/imageFacts";
import { connectRegistry } from "../../registry/login";
import { repositoryOf } from "../../registry/reference";
import { readStackSettings } from "../shared/stackFile";

const AT_ONCE = 24;
/** A comment does not wait for a slow registry: what is not known by then is left out. */
const PATIENCE_MILLISECONDS = 2_000;

/**
 * What registries know of the images that change. That they cannot be asked is a line of warning: the comment is right
 * without it.
 *
 * @returns digest -> facts, as far as they are known in two seconds.
 */
export async function lookUpImages({
  stack,
  services,
}: PlanFacts): Promise<ReadonlyMap<string, ImageFacts>> {
  const found = new Map<string, ImageFacts>();
  const wanted = services.flatMap(({ before, after }) =>
    before?.digest === after?.digest ? [] : [before, after].filter((each) => each !== null),
  );
  if (stack === null || wanted.length === 0) return found;
  const problems = new Set<string>();
  try {
    const { registry } = readStackSettings(stack);
    const client = connectRegistry(registry);
    const queue = wanted.values();
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (const { repository, digest } of queue) {
        const facts = await readImageFacts(client, repositoryOf(repository), digest).catch(
          (error: Error) => void problems.add(error.message),
        );
        if (facts) found.set(digest, facts);
      }
    });
    await Promise.race([
      Promise.all(workers),
      setTimeout(PATIENCE_MILLISECONDS, null, { ref: false }),
    ]);
  } catch (error) {
    problems.add((error as Error).message);
  }
  for (const problem of problems)
    console.error(`sizes and commits of images are left out: ${problem}`);
  return new Map(found);
}
