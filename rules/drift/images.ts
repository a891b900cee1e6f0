import type { DriftFacts, ImageFacts } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { onHost, quote } from "./repairs";

/** Images that the registry has lost: as long as the host has them, a rollback works, and a new host would not. */
export const images: DriftRule = {
  kinds: ["image-missing"],
  find(facts) {
    return (facts.images ?? [])
      .filter(({ isInRegistry }) => !isInRegistry)
      .map((image): DriftFinding => {
        const where = image.reference;
        const severity = image.isOnHost ? "warning" : "error";
        const id = `image-missing/${where}`;
        return { id, severity, where, since: null, ...wordsOf(facts, image) };
      });
  },
};

function wordsOf(facts: DriftFacts, { reference, wantedBy, isOnHost }: ImageFacts) {
  const held = wantedBy.map(({ release, held }) => `${release} (${held})`).join(", ");
  const of = `is not in the registry; releases: ${held}`;
  if (isOnHost) {
    const [repository = "", digest = ""] = reference.split("@sha256:");
    const tag = `${repository}:restored-${digest.slice(0, 12)}`;
    const repair = onHost(facts, `docker tag ${reference} ${tag} && docker push ${tag}`);
    return { says: `${of}; only the host still has it`, repair };
  }
  const kept = wantedBy.filter(({ held: how }) => how === "kept");
  const files = kept.map(({ release }) => quote(recordFile(facts, release)));
  return {
    says: `${of}; the host does not have it either: a rollback there fails`,
    // Whoever still has the image pushes it. Where nobody does, the release cannot come back and is not offered any more.
    repair:
      kept.length === wantedBy.length
        ? onHost(facts, `rm -f ${files.join(" ")}`)
        : `maestro images --stack ${facts.stack} && pulumi up --yes --skip-preview --stack ${facts.stack}`,
  };
}

function recordFile({ directory }: DriftFacts, release: string): string {
  return `${directory}/records/releases/${release}.json`;
}
