import { inTurn, type TurnClock } from "../../host/pruneTurn";
import { inParallel } from "../../registry/inParallel";
import { connectRegistry } from "../../registry/login";
import { repositoryOf, type Repository } from "../../registry/reference";
import type { RegistryClient } from "../../registry/registryClient";
import { readStoredImages } from "../../registry/storedImages";
import { parseEcrAddress } from "../../rules/aws/ecrAddress";
import {
  mayGo,
  storedBytes,
  unreferenced,
  withStatements,
  type StoredImage,
} from "../../rules/prune/registryImages";
import type { PrunePart, Removal } from "./pruneHost";
import type { PruneContext, References } from "./references";
import { isHostsOwn, readRegistryReferences } from "./registryUsers";

/** Questions to a registry at a time; each may be several. */
const AT_ONCE = 8;
/** Images between two looks at who refers to what. */
const BATCH = 100;

/** What is to go from one repository. */
interface RepositoryPlan {
  readonly repository: Repository;
  readonly going: readonly StoredImage[];
  readonly images: readonly StoredImage[];
}

/** What is to go from a registry. */
export interface RegistryPlan extends PrunePart {
  readonly repositories: readonly RepositoryPlan[];
}

/** Looks which of the project's images in the registry nobody refers to; nothing is changed. */
export async function planRegistry(
  { settings, host, rule }: PruneContext,
  { digests }: References,
  repositories: ReadonlySet<string>,
): Promise<RegistryPlan> {
  const client = connectRegistry(settings.registry, host);
  const before = Date.now() - rule.minimumAgeSeconds * 1000;
  const stay: Record<string, number> = {};
  const plans: RepositoryPlan[] = [];
  for (const name of repositories) {
    const repository = repositoryOf(name);
    const images = await readStoredImages(client, repository);
    const free = unreferenced(images, digests);
    const going = await chooseGoing(client, repository, free, before);
    plans.push({ repository, images, going: withStatements(going, images) });
    count(stay, "of a release", images.length - free.length);
    count(stay, "too young, or not built by maestro", free.length - going.length);
  }
  const all = <Key extends "going" | "images">(key: Key) => plans.flatMap((plan) => plan[key]);
  return {
    repositories: plans,
    images: plans.flatMap(({ repository, going }) => going.map((it) => describe(repository, it))),
    // Repositories of one registry share what is the same.
    bytes: storedBytes(all("going"), all("images")),
    stay,
  };
}

async function chooseGoing(
  client: RegistryClient,
  repository: Repository,
  free: readonly StoredImage[],
  before: number,
): Promise<StoredImage[]> {
  const origins = await inParallel(free, AT_ONCE, ({ config }) =>
    config === null ? Promise.resolve(null) : client.readOrigin(repository, config),
  );
  return free.filter((_, index) => {
    const origin = origins[index];
    return origin != null && mayGo(origin, before);
  });
}

function count(stay: Record<string, number>, why: string, number: number): void {
  if (number > 0) stay[why] = (stay[why] ?? 0) + number;
}

function describe({ address, path }: Repository, { digest, tags }: StoredImage) {
  return { name: `${address}/${path}${tags[0] ? `:${tags[0]}` : `@${digest}`}`, digest };
}

/**
 * Removes what was planned from the registry, and asks time and again who refers to what by then. A registry on the host's
 * loopback is used by its stacks alone, so none of them begins to use an image meanwhile.
 *
 * @throws RegistryError when the registry does not let images be removed.
 */
export async function removeFromRegistry(
  context: PruneContext,
  plan: RegistryPlan,
): Promise<Removal> {
  const removed: string[] = [];
  const left: string[] = [];
  const isOwn = isHostsOwn(context.settings.registry);
  for (const { repository, going, images } of plan.repositories) {
    const waiting = [...going];
    const some = async (hasTime: TurnClock) => {
      const references = await readRegistryReferences(context);
      if (references.unknown.length > 0) throw new Error(references.unknown.join("\n"));
      const free = new Set(unreferenced(images, references.digests).map(({ digest }) => digest));
      const statements = new Set(
        withStatements(
          going.filter(({ digest }) => free.has(digest)),
          images,
        ).map(({ digest }) => digest),
      );
      do {
        const next = waiting.splice(0, isOwn ? 1 : BATCH);
        const still = next.filter(({ digest }) => statements.has(digest));
        const problems = await removeAll(context, repository, still);
        left.push(...problems);
        removed.push(...still.map((image) => describe(repository, image).name));
      } while (hasTime() && waiting.length > 0);
    };
    while (waiting.length > 0) {
      await (isOwn ? inTurn(context.engine, some) : some(() => false));
    }
  }
  return { removed, left };
}

/** @returns why some are still there, a line each. */
async function removeAll(
  { settings, host }: PruneContext,
  repository: Repository,
  images: readonly StoredImage[],
): Promise<string[]> {
  const digests = images.map(({ digest }) => digest);
  const ecr = settings.registry.kind === "ecr" ? parseEcrAddress(settings.registry.address) : null;
  if (ecr !== null) {
    // Loaded only here: a stack without ECR does not pay for AWS's modules.
    const { deleteFromEcr } = await import("../../registry/ecrDelete");
    return deleteFromEcr(ecr, repository.path, digests);
  }
  const client = connectRegistry(settings.registry, host);
  await inParallel(digests, AT_ONCE, (digest) => client.remove(repository, digest));
  return [];
}
