import { readOldCache } from "../../host/buildCache";
import { readRecordedStack } from "../../host/stacksOnHost";
import { RegistryError } from "../../registry/registryError";
import { HostError } from "../../rules/host/asking";
import { stackPrefix } from "../../config/project";
import { planHost, repositoriesOf, type HostPlan } from "./pruneHost";
import { planRegistry, type RegistryPlan } from "./pruneRegistry";
import { readReferences, type PruneContext } from "./references";
import { readRegistryReferences, whyRegistryStays } from "./registryUsers";

/** What a prune would do. */
export interface PrunePlan {
  readonly repositories: ReadonlySet<string>;
  /** Stacks whose images stay. */
  readonly stacks: readonly string[];
  readonly host: HostPlan | null;
  readonly registry: RegistryPlan | null;
  /** Build cache of all projects that no build has used lately; null: the engine does not say. */
  readonly cacheBytes: number | null;
  /** Why something is left out, a line each. */
  readonly notes: readonly string[];
}

/** Looks what nobody refers to; where not all can be asked who might, nothing goes. */
export async function planPrune(context: PruneContext): Promise<PrunePlan> {
  const { stack, settings, host, engine } = context;
  const place = { name: stackPrefix(stack), directory: settings.directory };
  const [references, own, cacheBytes] = await Promise.all([
    readReferences(context),
    readRecordedStack(host, place),
    readOldCache(engine),
  ]);
  const repositories = repositoriesOf(settings, [...own.held, ...own.recorded]);
  const { stacks, unknown } = references;
  if (unknown.length > 0) {
    const notes = [...unknown, "nothing is removed, since what these refer to is not known"];
    return { repositories, stacks, host: null, registry: null, cacheBytes, notes };
  }
  const [hostPlan, { registry, notes, all }] = await Promise.all([
    planHost(context, references, repositories),
    planStored(context, references, repositories),
  ]);
  return { repositories, stacks: all, host: hostPlan, registry, cacheBytes, notes };
}

/** A registry that cannot be asked, or whose users cannot, keeps what it has. */
async function planStored(
  context: PruneContext,
  references: Awaited<ReturnType<typeof readReferences>>,
  repositories: ReadonlySet<string>,
): Promise<{ registry: RegistryPlan | null; notes: string[]; all: readonly string[] }> {
  const all = references.stacks;
  const why = whyRegistryStays(context, references);
  if (why !== null) return { registry: null, notes: [why], all };
  try {
    const users = await readRegistryReferences(context);
    if (users.unknown.length > 0) return { registry: null, notes: [...users.unknown], all };
    const registry = await planRegistry(context, users, repositories);
    return { registry, notes: [], all: users.stacks };
  } catch (error) {
    if (!(error instanceof RegistryError || error instanceof HostError)) throw error;
    return { registry: null, notes: [error.message], all };
  }
}
