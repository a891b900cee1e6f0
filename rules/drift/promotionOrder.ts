import { canonicalJson } from "../../release/release";
import type { DriftFacts, UpstreamFacts } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { update } from "./repairs";

/** Versions between a stack and the one that it takes releases over from: behind is usual, ahead is drift. */
export const promotionOrder: DriftRule = {
  kinds: ["promotion-behind", "promotion-ahead"],
  find(facts) {
    const { upstream, sets } = facts;
    const serving = sets.find(({ isActive }) => isActive)?.record;
    if (upstream === null || serving === undefined) return [];
    const digests = Object.fromEntries(
      Object.entries(serving.services).map(([name, { digest }]) => [name, digest]),
    );
    const names = [...new Set([...Object.keys(digests), ...Object.keys(upstream.digests)])].sort();
    const differing = names.filter((name) => digests[name] !== upstream.digests[name]);
    if (differing.length === 0) return [];
    const hasServed = upstream.history.some(
      (entry) => canonicalJson(entry.digests) === canonicalJson(digests),
    );
    return [
      hasServed ? behind(facts, upstream, differing) : ahead(facts, upstream, differing, digests),
    ];
  },
};

function behind(
  facts: DriftFacts,
  upstream: UpstreamFacts,
  services: readonly string[],
): DriftFinding {
  return {
    ...{ id: `promotion-behind/${upstream.stack}`, severity: "note", where: facts.stack },
    says: `${upstream.stack} serves newer images of ${services.join(", ")}; \`${update(facts)}\` takes them over`,
    ...{ since: upstream.history[0]?.at ?? null, repair: null },
  };
}

function ahead(
  facts: DriftFacts,
  { stack, history }: UpstreamFacts,
  services: readonly string[],
  digests: Readonly<Record<string, string>>,
): DriftFinding {
  const settings = services
    .filter((name) => digests[name] !== undefined)
    .map((name) => ` --plaintext maestro:release.${name}=${digests[name]}`);
  const release = `pulumi config set-all --path${settings.join("")}`;
  return {
    ...{ id: `promotion-ahead/${stack}`, severity: "warning", where: facts.stack },
    says: `serves images of ${services.join(", ")} that ${stack} has never served: the next promotion takes them back`,
    since: history[0]?.at ?? null,
    repair: `${release} --stack ${stack} && ${update({ ...facts, stack })}`,
  };
}
