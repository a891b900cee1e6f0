import path from "node:path";
import { failureOf } from "../../host/ask";
import { readEdgeProcess } from "../../host/edgeProcess";
import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import type { Color } from "../../release/release";
import type { EdgeFacts } from "../../rules/drift/facts";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { isAsWritten } from "../../rules/edge/nginxConfig";

/** Where the edge is. */
export interface EdgePlace {
  readonly host: Host;
  readonly directory: HostDirectory;
  readonly prefix: string;
  readonly edgeUrl: string;
  readonly activeColor: Color | null;
}

/**
 * The edge's configuration on the host, in its container and in its process, and whether it serves what it is to.
 *
 * @throws Error when nginx refuses a file that nobody has edited: what it has loaded cannot be compared then.
 */
export async function lookAtEdge(place: EdgePlace): Promise<EdgeFacts> {
  const { host, directory, edgeUrl, prefix } = place;
  const name = edgeContainerName(prefix);
  const [file, writtenAt, running, generation, trouble] = await Promise.all([
    directory.edge.readConfig(),
    readTime(host, directory.edge.config),
    host.engine().then((engine) => readEdgeProcess(engine, name)),
    host.ask(`${edgeUrl}/edge/generation`).then(
      ({ status, body }) => (status === 200 ? body.trim() : null),
      () => null,
    ),
    findTrouble(place),
  ]);
  if (running?.refusal && file !== null && isAsWritten(file)) {
    throw new Error(`nginx in ${name} refuses its configuration: ${running.refusal}`);
  }
  const seen = running?.config ?? null;
  return {
    ...{ file, writtenAt, generation, trouble },
    // nginx ends what it shows with a line of its own.
    seen: seen !== null && seen === file?.trim() ? file : seen,
    loadedAt: running?.loadedAt?.toISOString() ?? null,
  };
}

async function readTime({ files }: Host, file: string): Promise<string | null> {
  const found = (await files.list(path.posix.dirname(file))).find(
    ({ name }) => name === path.posix.basename(file),
  );
  return found ? new Date(found.modifiedAt).toISOString() : null;
}

async function findTrouble({ host, edgeUrl, activeColor }: EdgePlace): Promise<string | null> {
  if (activeColor === null) return null;
  try {
    const { headers, status } = await host.ask(`${edgeUrl}/edge/release`);
    const set = headers["x-maestro-set"];
    if (status === 200 && set === activeColor) return null;
    return `answers for ${String(set)} with status ${status}, the switch says ${activeColor}`;
  } catch (error) {
    return `does not answer at ${edgeUrl}: ${failureOf(error)}`;
  }
}
