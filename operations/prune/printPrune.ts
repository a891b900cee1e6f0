import pc from "picocolors";
import { plainText } from "../../rules/plainText";
import { CACHE_DAYS } from "../../host/buildCache";
import type { PrunePart } from "./pruneHost";

const NAME_LENGTH = 120;
/** More are counted. */
const SHOWN = 20;

/** What would go, and what has gone. */
export interface PruneResult {
  readonly stack: string;
  /** Stacks whose images stay. */
  readonly stacks: readonly string[];
  /** Null: nothing is removed there, and `notes` say why. */
  readonly host: PrunePart | null;
  readonly registry: PrunePart | null;
  readonly buildCache: { readonly bytes: number | null; readonly goes: boolean };
  readonly notes: readonly string[];
  /** Left out: this was a preview. */
  readonly removed?: {
    readonly host: readonly string[];
    readonly registry: readonly string[];
    readonly buildCacheBytes: number | null;
  };
  /** What was to go and is still there, a line each. */
  readonly left?: readonly string[];
}

/** Shows what would go, for people. */
export function printPrune({
  stack,
  stacks,
  host,
  registry,
  buildCache,
  notes,
}: PruneResult): void {
  console.log(`${pc.bold(stack)}: images stay that ${stacks.join(", ")} refer to`);
  printPart("host", host, "");
  printPart("registry", registry, "; the registry gives it back when it next collects garbage");
  const { bytes, goes } = buildCache;
  if (bytes !== null && (bytes > 0 || goes)) {
    const how = goes ? "" : ", `--build-cache` removes it";
    console.log(
      `  build cache: ${size(bytes)} that no project has used for ${CACHE_DAYS} days${how}`,
    );
  }
  for (const note of notes) console.log(`  ${pc.yellow("!")} ${note}`);
}

function printPart(where: string, part: PrunePart | null, then: string): void {
  if (part === null) return;
  const { images, bytes, stay } = part;
  const reasons = Object.entries(stay).map(([why, number]) => `${number} ${why}`);
  const staying = reasons.length === 0 ? "" : `; ${reasons.join(", ")} stay`;
  const freed = images.length === 0 ? "" : `, ${size(bytes)}${then}`;
  console.log(`  ${where}: ${images.length} images may go${freed}${staying}`);
  for (const { name } of images.slice(0, SHOWN)) console.log(`    ${plainText(name, NAME_LENGTH)}`);
  if (images.length > SHOWN) console.log(`    and ${images.length - SHOWN} more`);
}

/** `340 MB` */
function size(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
