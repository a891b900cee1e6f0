import type Docker from "dockerode";
import { readContainerLog, type LogPart } from "../../host/containerLog";
import type { TimedLine } from "../../host/timedLines";
import type { LogLine } from "../../rules/logs/logLine";
import type { LogSource } from "./logSources";

/**
 * What containers have written, merged by time, however much it is: of each no more than a piece is in memory, and the
 * Engine waits with the rest.
 */
export async function* readPast(
  engine: Docker,
  sources: readonly LogSource[],
  part: Omit<LogPart, "follow">,
): AsyncGenerator<LogLine> {
  const heads = (
    await Promise.all(sources.map((source) => openSource(engine, source, part)))
  ).filter(({ line }) => line !== null);
  while (heads.length > 0) {
    const first = heads.reduce((one, other) => (other.line!.at < one.line!.at ? other : one));
    yield first.line!;
    await first.advance();
    if (first.line === null) heads.splice(heads.indexOf(first), 1);
  }
}

/** A container's log and the next line of it; null: it is at its end. */
interface Head {
  line: LogLine | null;
  readonly advance: () => Promise<void>;
}

async function openSource(
  engine: Docker,
  { id, set, service, replica }: LogSource,
  part: Omit<LogPart, "follow">,
): Promise<Head> {
  const chunks = readContainerLog(engine, id, { ...part, follow: false });
  let lines: readonly TimedLine[] = [];
  let index = 0;
  const head: Head = {
    line: null,
    advance: async () => {
      while (index === lines.length) {
        const next = await chunks.next();
        if (next.done) {
          head.line = null;
          return;
        }
        [lines, index] = [next.value, 0];
      }
      head.line = { ...lines[index++]!, set, service, replica };
    },
  };
  await head.advance();
  return head;
}
