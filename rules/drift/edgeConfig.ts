import { edgeContainerName } from "../edge/edgeLayout";
import { generationOf, isAsWritten } from "../edge/nginxConfig";
import type { EdgeFacts } from "./facts";
import type { DriftFinding, DriftRule } from "./finding";
import { onHost, updateOf } from "./repairs";

/** A file is written, and then loaded: clocks and processes are told in seconds. */
const SLACK_MILLISECONDS = 5_000;

/** nginx's configuration: the file on the host, what nginx sees of it in its container, and what it has loaded. */
export const edgeConfig: DriftRule = {
  kinds: [
    "edge-config-missing",
    "edge-config-edited",
    "edge-config-unseen",
    "edge-config-unloaded",
  ],
  find(facts) {
    const { edge, directory, activeColor } = facts;
    if (edge === null || activeColor === null) return [];
    const where = `${directory}/edge/conf/nginx.conf`;
    const finding = (kind: string, says: string, repair: string): DriftFinding[] => [
      {
        ...{ id: `edge-config-${kind}/${facts.prefix}`, severity: "error", where, says },
        ...{ since: edge.writtenAt, repair },
      },
    ];
    const written = updateOf(facts, "edge-config");
    if (edge.file === null) return finding("missing", "is missing", written);
    if (!isAsWritten(edge.file)) {
      return finding("edited", `was edited by hand; ${loadedWords(edge)}`, written);
    }
    const name = edgeContainerName(facts.prefix);
    if (edge.seen !== null && edge.seen !== edge.file) {
      const restart = onHost(facts, `docker restart ${name}`);
      return finding("unseen", `${name} sees another file: its directory was replaced`, restart);
    }
    const reload = onHost(facts, `docker kill --signal HUP ${name}`);
    return isLoaded(edge) ? [] : finding("unloaded", `nginx has not loaded it`, reload);
  },
};

function isLoaded(edge: EdgeFacts): boolean {
  const { file, generation, seen } = edge;
  if (seen === null) return true;
  if (generation !== null && generation !== generationOf(file ?? "")) return false;
  return !isNewerThanLoad(edge);
}

/** The generation that nginx answers is a text in the file, so an edited one answers the same. */
function loadedWords(edge: EdgeFacts): string {
  if (edge.loadedAt === null) return "nginx does not run";
  return isNewerThanLoad(edge) ? "nginx has not loaded it yet" : "nginx has loaded it";
}

function isNewerThanLoad({ writtenAt, loadedAt }: EdgeFacts): boolean {
  if (writtenAt === null || loadedAt === null) return false;
  return Date.parse(writtenAt) > Date.parse(loadedAt) + SLACK_MILLISECONDS;
}
