import { findUnfitSchema } from "../../../../rules/backups/restoreFit";
import type { SchemaRecords } from "../../../../rules/database/schemaVerdict";

const revision = (name: string, down: string[], compatible: boolean) => ({
  ...{ revision: name, down, compatible },
});
const CHAIN = [
  revision("0001", [], false),
  revision("0002", ["0001"], true),
  revision("0003", ["0002"], false),
];

/** What is known of a database at a revision, whose serving image knows some of the chain. */
function records(present: string, known: readonly string[]): SchemaRecords {
  const at = "2026-11-30T00:00:00Z";
  return {
    present: { shop: { revisions: [present], known: CHAIN, release: "a", at } },
    images: {
      "shop@sha256:1": { before: [], after: [], known, heads: known.slice(-1), at },
    },
  };
}

function unfit(dumped: string | null, present: string, known: readonly string[]): string | null {
  return findUnfitSchema({
    ...{ service: "shop", digest: "sha256:1", compatible: [] },
    dumped: dumped === null ? undefined : { revisions: [dumped], known: CHAIN },
    records: records(present, known),
  });
}

describe("a backup's schema", () => {
  it.each<[string, string | null, string, string[]]>([
    ["the present one", "0002", "0002", ["0001", "0002"]],
    ["where the serving image leads to", "0001", "0002", ["0001"]],
    ["later, and compatible with that image", "0002", "0001", ["0001"]],
    ["present, though the serving image is older", "0003", "0003", ["0001"]],
    ["not reported by its command", null, "0002", ["0001", "0002"]],
  ])("fits what serves: %s", (_what, dumped, present, known) => {
    expect(unfit(dumped, present, known)).toBeNull();
  });

  it("does not fit where it is earlier than the serving image works with", () => {
    expect(unfit("0001", "0002", ["0001", "0002"])).toBe(
      "services.shop: the backup's schema is at 0001, and what serves works with 0002; restore a backup of the release " +
        "that serves, or add --other-schema and go to the backup's release at once",
    );
  });

  it("does not fit where it is later, and not compatible", () => {
    expect(unfit("0003", "0001", ["0001"])).toContain(
      "services.shop: the backup's database is at revision 0003; the release does not know 0003",
    );
  });
});
