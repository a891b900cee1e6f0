import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { stackLabels } from "../rules/host/containerLabels";
import { parseAlembic } from "../rules/database/alembicCommand";
import { parseHistory, type HistoryRevision } from "../rules/database/alembicHistory";
import { commonSections, offlineRanges } from "../rules/database/offlineSql";
import { scratchSpace } from "../rules/host/scratchSpace";
import { readLogs, WITH_VOLUMES } from "./engine";
import { ensureImages, readDeclaration } from "./images";

const DEADLINE_MILLISECONDS = 60_000;
const SHOWN_LINES = 5;

/** An image and how its revisions are found in it. */
export interface RevisionSource {
  /** By digest. */
  readonly image: string;
  /** The service's migration: says which configuration Alembic uses. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The revisions in an image, newest first: a look at its files, without network, secrets or anything that lasts; null:
 * its migration is not `alembic upgrade`, so nobody can ask it.
 *
 * @throws Error with the last lines when the image cannot tell.
 */
export async function readHistory(
  engine: Docker,
  source: RevisionSource,
  prefix: string,
): Promise<HistoryRevision[] | null> {
  const alembic = parseAlembic(source.command);
  if (alembic === null) return null;
  const words = [...alembic.base, "history", "--verbose"];
  return parseHistory(await askAlembic(engine, source, words, prefix));
}

/**
 * The SQL that an image's migration would run on a database at `from` (empty: a new one), by the same look.
 *
 * @throws Error with the last lines when the image cannot tell, such as a revision that asks the database for data.
 */
export async function readUpgradeSql(
  engine: Docker,
  source: RevisionSource,
  from: readonly string[],
  prefix: string,
): Promise<string> {
  const { base, target } = parseAlembic(source.command)!;
  const texts = offlineRanges(from, target).map((range) =>
    askAlembic(engine, source, [...base, "upgrade", range, "--sql"], prefix),
  );
  return commonSections(await Promise.all(texts));
}

async function askAlembic(
  engine: Docker,
  { image, env }: RevisionSource,
  words: readonly string[],
  prefix: string,
): Promise<string> {
  await ensureImages(engine, [image]);
  const container = await engine.createContainer({
    // Two previews may look at the same time.
    name: `${prefix}-history-${randomBytes(4).toString("hex")}`,
    Image: image,
    Entrypoint: [words[0]!],
    Cmd: words.slice(1),
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Labels: stackLabels(prefix),
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Tmpfs: scratchSpace(
        { scratchPaths: ["/tmp"], user: "0:0" },
        await readDeclaration(engine, image),
      ),
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: 256 * 1024 * 1024,
      MemorySwap: 256 * 1024 * 1024,
      PidsLimit: 64,
    },
  });
  const timer = setTimeout(() => void container.kill().catch(() => {}), DEADLINE_MILLISECONDS);
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const { all, stdout } = await readLogs(engine, container.id);
    if (StatusCode !== 0) {
      const last = all.split("\n").filter(Boolean).slice(-SHOWN_LINES).join("; ");
      throw new Error(`\`${words.join(" ")}\` ended with exit code ${StatusCode}: ${last}`);
    }
    return stdout;
  } finally {
    clearTimeout(timer);
    await container.remove(WITH_VOLUMES);
  }
}
