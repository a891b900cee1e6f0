import { listImages, listUsedImages, readLayers, removeImage } from "../../host/engineImages";
import { inTurn } from "../../host/pruneTurn";
import type { Settings } from "../../config/settings";
import type { Release } from "../../release/release";
import {
  freedBytes,
  whyImageStays,
  type EngineImage,
  type PruneRule,
} from "../../rules/prune/hostImages";
import { readReferences, type PruneContext, type References } from "./references";

/** What would go, or has gone, of a host or a registry. */
export interface PrunePart {
  readonly images: readonly { readonly name: string; readonly digest: string | null }[];
  /** Shared layers counted once, and only those that nothing else has. */
  readonly bytes: number;
  /** Why images of the project stay -> how many. */
  readonly stay: Readonly<Record<string, number>>;
}

/** What is to go from a host. */
export interface HostPlan extends PrunePart {
  readonly going: readonly EngineImage[];
}

/** The project's repositories: those of today's services, and of services that a release on record had. */
export function repositoriesOf(
  { registry, services }: Settings,
  releases: readonly Release[],
): Set<string> {
  const prefix = `${registry.endpoint}/${registry.namespace}/`;
  const all = [services, ...releases.map((release) => release.services)]
    .flatMap((each) => Object.values(each))
    .map(({ repository }) => repository);
  return new Set(all.filter((repository) => repository.startsWith(prefix)));
}

/** Looks which of the project's images nobody refers to; nothing is changed. */
export async function planHost(
  { engine, rule }: PruneContext,
  references: References,
  repositories: ReadonlySet<string>,
): Promise<HostPlan> {
  const [images, used] = await Promise.all([listImages(engine), listUsedImages(engine)]);
  const wanted = ruleOf(rule.minimumAgeSeconds, references, repositories, used);
  const whys = images.map((image) => ({ image, why: whyImageStays(image, wanted) }));
  const going = whys.filter(({ why }) => why === null).map(({ image }) => image);
  const staying = whys.filter(({ why }) => why !== null);
  const bytes =
    going.length === 0
      ? 0
      : await measure(
          engine,
          going,
          staying.map(({ image }) => image),
        );
  const stay: Record<string, number> = {};
  for (const { why } of staying) {
    if (why !== null && why !== "not this project's") stay[why] = (stay[why] ?? 0) + 1;
  }
  return { going, bytes, stay, images: going.map(describe) };
}

function ruleOf(
  minimumAgeSeconds: number,
  { digests }: References,
  repositories: ReadonlySet<string>,
  used: ReadonlySet<string>,
): PruneRule {
  return { repositories, digests, used, before: Date.now() - minimumAgeSeconds * 1000 };
}

async function measure(
  engine: PruneContext["engine"],
  going: readonly EngineImage[],
  staying: readonly EngineImage[],
): Promise<number> {
  const layersOf = (images: readonly EngineImage[]) =>
    readLayers(
      engine,
      images.map(({ id }) => id),
    );
  return freedBytes(await layersOf(going), await layersOf(staying));
}

function describe({ tags, digests, id }: EngineImage) {
  const digest = digests[0]?.slice(digests[0].indexOf("@") + 1) ?? null;
  return { name: tags[0] ?? digests[0] ?? id, digest };
}

/** What became of images that were to go. */
export interface Removal {
  readonly removed: readonly string[];
  /** Why others are still there, a line each. */
  readonly left: readonly string[];
}

/**
 * Removes what was planned, a little at a time, and asks before each time once more who refers to what: a release that
 * has begun since keeps its images. Whenever it ends, what it has done is whole.
 */
export async function removeFromHost(
  context: PruneContext,
  { going }: HostPlan,
  repositories: ReadonlySet<string>,
): Promise<Removal> {
  const { engine, rule } = context;
  const removed: string[] = [];
  const left: string[] = [];
  const waiting = [...going];
  while (waiting.length > 0) {
    await inTurn(engine, async (hasTime) => {
      const references = await readReferences(context);
      if (references.unknown.length > 0) throw new Error(references.unknown.join("\n"));
      const used = await listUsedImages(engine);
      const wanted = ruleOf(rule.minimumAgeSeconds, references, repositories, used);
      // At least one a turn, so that a slow host comes to an end too.
      do {
        const image = waiting.shift();
        if (image === undefined) return;
        const why = whyImageStays(image, wanted);
        const { name } = describe(image);
        const problem =
          why === null ? await removeImage(engine, image) : `${name}: is ${why} by now`;
        if (problem === null) removed.push(name);
        else left.push(problem);
      } while (hasTime());
    });
  }
  return { removed, left };
}
