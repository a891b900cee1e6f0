import { postgresContainerName } from "../database/postgresLayout";
import type { Labelled } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { onHost, quote } from "./repairs";

/** Files, networks and volumes that an update has left behind, and that nothing uses any more. */
export const leftovers: DriftRule = {
  kinds: ["leftover-file", "leftover-network", "leftover-volume"],
  find(facts) {
    const { prefix } = facts;
    const files = facts.leftFiles.map(({ file, writtenAt }) =>
      finding("file", file, "is of a step that was killed", writtenAt, `rm -f ${quote(file)}`),
    );
    const found = [
      ...files,
      ...facts.networks.filter(({ name }) => name !== prefix).map(of("network")),
      // The database's data stay, also of a stack that has no server any more.
      ...facts.volumes
        .filter(({ name }) => name !== postgresContainerName(prefix))
        .map(of("volume")),
    ];
    return found.map((each) => ({ ...each, repair: onHost(facts, each.repair) }));
  },
};

function of(kind: "network" | "volume") {
  return ({ name, createdAt }: Labelled) => {
    const says = "has the stack's label, and is no part of it";
    return finding(kind, name, says, createdAt, `docker ${kind} rm ${quote(name)}`);
  };
}

function finding(
  kind: string,
  where: string,
  says: string,
  since: string | null,
  repair: string,
): DriftFinding & { readonly repair: string } {
  return { id: `leftover-${kind}/${where}`, severity: "warning", where, says, since, repair };
}
