import { askPrometheus, reasonOf } from "../../checks/promQueries";
import type { UserRequest } from "../../release/trafficTally";
import { PromTraffic, readSeries, trafficQuery } from "../../rules/health/promTraffic";
import { readValues } from "../../rules/health/promQuery";
import type { TrafficSource } from "../../rules/health/watchInput";
import type { TrafficFeed } from "../../targets/hands";

/** How often what was scraped meanwhile is asked for, in milliseconds. */
const POLL_MILLISECONDS = 1_000;
/** A sample is there a moment after its time. */
const OVERLAP_SECONDS = 10;
/** What is older than three scrapes, and than this, is no account of now. */
const STALE_SECONDS = 30;

/**
 * What users get, as a Prometheus has it of `maestro metrics serve`: late by up to a scrape. What it cannot tell is said by
 * the feed, and lets no release pass; once it can be asked again, its counters have what was missed.
 */
export async function followPrometheus(
  { url, stack }: TrafficSource,
  pastSeconds: number,
  tell: (request: UserRequest) => void,
): Promise<TrafficFeed> {
  const start = await startOf(url);
  const now = () => start.at + performance.now() / 1000;
  const traffic = new PromTraffic(now());
  let failure = start.failure;
  let askedAt = now() - pastSeconds;
  const ask = async () => {
    const at = now();
    try {
      const seconds = Math.ceil(at - askedAt) + OVERLAP_SECONDS;
      const answer = await askPrometheus(url, trafficQuery(stack, seconds));
      if (isClosed) return;
      traffic.take(readSeries(answer)).forEach(tell);
      [failure, askedAt] = [null, at];
    } catch (error) {
      failure = `${url} cannot be asked: ${reasonOf(error as Error)}`;
    }
  };
  let isClosed = false;
  let timer: NodeJS.Timeout;
  const goOn = () => {
    if (isClosed) return;
    timer = setTimeout(() => void ask().then(goOn), POLL_MILLISECONDS);
  };
  if (failure === null) await ask();
  goOn();
  return {
    now,
    missing: () => failure ?? staleness(traffic, now(), url, stack),
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Prometheus' clock at this process' start; this machine's where it cannot be asked. */
async function startOf(url: string): Promise<{ at: number; failure: string | null }> {
  const before = performance.now();
  try {
    const [found] = readValues(await askPrometheus(url, "time()"));
    const between = (before + performance.now()) / 2;
    return { at: found!.value - between / 1000, failure: null };
  } catch (error) {
    const failure = `${url} cannot be asked: ${reasonOf(error as Error)}`;
    return { at: Date.now() / 1000 - performance.now() / 1000, failure };
  }
}

function staleness(traffic: PromTraffic, now: number, url: string, stack: string): string | null {
  const at = traffic.scrapedAt();
  const most = Math.max(STALE_SECONDS, 3 * (traffic.interval() ?? 0));
  if (at !== null && now - at <= most) return null;
  const since = at === null ? "nothing" : `nothing since ${new Date(at * 1000).toISOString()}`;
  return `${url} tells ${since} of what users get of ${stack}; does \`maestro metrics serve\` run, and is it asked?`;
}
