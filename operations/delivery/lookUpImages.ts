import type { ImageFacts } from "../../rules/delivery/planComment";
import type { PlanFacts } from "../../rules/delivery/planFacts";
import { readImageFacts } from "../../registry/imageFacts";
import { loginFor } from "../../registry/login";
import { repositoryOf } from "../../registry/reference";
import { RegistryClient } from "../../registry/registryClient";
import { exchangeUntil } from "../../registry/registrySend";
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
  const end = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const exchange = exchangeUntil(end, () => problems.add("a registry did not answer in time"));
  try {
    const { registry } = readStackSettings(stack);
    const client = new RegistryClient((address) => loginFor(address, registry), exchange);
    const queue = wanted.values();
    const work = async () => {
      for (const { repository, digest } of queue) {
        const facts = await readImageFacts(client, repositoryOf(repository), digest).catch(
          (error: Error) => void problems.add(error.message),
        );
        if (facts) found.set(digest, facts);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } catch (error) {
    problems.add((error as Error).message);
  }
  for (const problem of problems)
    console.error(`sizes and commits of images are left out: ${problem}`);
  return found;
}
