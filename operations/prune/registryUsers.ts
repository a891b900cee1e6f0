import { withHost } from "../../host/connectHost";
import { findStacks, readRecordedStack } from "../../host/stacksOnHost";
import { stackPrefix } from "../../config/project";
import type { RegistrySettings } from "../../config/settings";
import { isLoopback } from "../../registry/reference";
import { keptDigests } from "../../rules/prune/keptReleases";
import { readStackSettings } from "../shared/stackFile";
import { readReferences, type PruneContext, type References } from "./references";

/** Whether a registry is the host's own, so that no stack of another host can use it. */
export function isHostsOwn({ kind, endpoint }: RegistrySettings): boolean {
  return kind === "local" && isLoopback(endpoint);
}

/**
 * Why images may not be removed from a stack's registry: somebody may refer to them who cannot be asked. Null: all who
 * use it can.
 */
export function whyRegistryStays(
  { settings, stack, rule }: PruneContext,
  { elsewhere }: Pick<References, "elsewhere">,
): string | null {
  const { endpoint } = settings.registry;
  if (isHostsOwn(settings.registry)) {
    if (elsewhere.length === 0) return null;
    return (
      `registry ${endpoint}: projects of other machines use it, whose files cannot be read here: ${elsewhere.join(", ")}; ` +
      `run this where they are, or take them off the list (docs/images.md)`
    );
  }
  if (rule.registryStacks === null) {
    return (
      `registry ${endpoint}: stacks on other hosts may use it; name all that do in maestro:prune.registryStacks, ` +
      `or remove images by its own means`
    );
  }
  if (rule.registryStacks.includes(stack)) return null;
  return (
    `maestro:prune.registryStacks: must name all stacks that use ${endpoint}, got ` +
    `${JSON.stringify(rule.registryStacks)}; add ${stack}`
  );
}

/**
 * Who refers to images of a stack's registry: all that use its host, and the other stacks that the configuration names,
 * each with all that its host has.
 *
 * @throws Error when one of them cannot be asked.
 */
export async function readRegistryReferences(context: PruneContext): Promise<References> {
  const own = await readReferences(context);
  const others = (context.rule.registryStacks ?? []).filter((name) => name !== context.stack);
  const found = await Promise.all(others.map(readElsewhere));
  return {
    digests: new Set([own, ...found].flatMap(({ digests }) => [...digests])),
    stacks: [...new Set([own, ...found].flatMap(({ stacks }) => stacks))].sort(),
    unknown: [own, ...found].flatMap(({ unknown }) => unknown),
    elsewhere: own.elsewhere,
  };
}

async function readElsewhere(stack: string) {
  const { host: address, directory } = readStackSettings(stack);
  return withHost(address, async (host) => {
    const known = [{ name: stackPrefix(stack), directory }];
    const { places, unknown } = await findStacks(host, await host.engine(), known);
    const recorded = await Promise.all(places.map((place) => readRecordedStack(host, place)));
    const kept = recorded.flatMap((each) => [...keptDigests(each, "all")]);
    return { digests: new Set(kept), stacks: places.map(({ name }) => name), unknown };
  });
}
