import type Docker from "dockerode";

/** What nobody has used for so long is not going to be. */
export const CACHE_DAYS = 7;
const PATIENCE_MILLISECONDS = 20_000;

interface CacheRecord {
  readonly Size?: number;
  readonly InUse?: boolean;
  readonly Shared?: boolean;
  readonly CreatedAt?: string;
  readonly LastUsedAt?: string | null;
}

/**
 * Bytes of the build cache that no build has used for {@link CACHE_DAYS} days; null: the engine does not say in time.
 * BuildKit knows no projects, so it is all projects' cache.
 */
export async function readOldCache(engine: Docker): Promise<number | null> {
  const since = Date.now() - CACHE_DAYS * 86_400_000;
  try {
    // Engines before 23 measure volumes too, which takes its time.
    const found = (await dial(engine, "/system/df?type=build-cache", "GET")) as {
      BuildCache?: readonly CacheRecord[] | null;
    };
    const old = (found.BuildCache ?? []).filter(
      ({ InUse, Shared, LastUsedAt, CreatedAt }) =>
        !InUse && !Shared && Date.parse(LastUsedAt ?? CreatedAt ?? "") < since,
    );
    return old.reduce((sum, { Size = 0 }) => sum + Size, 0);
  } catch {
    return null;
  }
}

/** Removes it; returns the bytes that were freed. */
export async function removeOldCache(engine: Docker): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ until: [`${CACHE_DAYS * 24}h`] }));
  const path = `/build/prune?filters=${filters}`;
  const { SpaceReclaimed = 0 } = (await dial(engine, path, "POST")) as { SpaceReclaimed?: number };
  return SpaceReclaimed;
}

/** The client's own functions for these take no parameters. */
function dial(engine: Docker, path: string, method: "GET" | "POST"): Promise<unknown> {
  const options = {
    ...{ path, method, statusCodes: { 200: true } },
    abortSignal: method === "GET" ? AbortSignal.timeout(PATIENCE_MILLISECONDS) : undefined,
  };
  return new Promise((resolve, reject) => {
    engine.modem.dial(options as never, (error: Error | null, answer: unknown) => {
      if (error) reject(error);
      else resolve(answer);
    });
  });
}
