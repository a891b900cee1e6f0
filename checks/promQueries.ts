import { plainText } from "../rules/plainText";
import { judgeValues, queryAbout, readValues, type PromQuery } from "../rules/health/promQuery";
import type { Check, CheckedSet, Finding } from "./check";

const TIMEOUT_MILLISECONDS = 5_000;
const SAYS_LENGTH = 500;

/**
 * What a Prometheus knows of a new set is as it is wanted. It sees a set only once it has looked there, so time may mend
 * what is missing; a Prometheus that cannot be asked keeps the release in when the time is over.
 */
export function promQueriesCheck(queries: readonly PromQuery[]): Check {
  return {
    name: "queries",
    moment: "while",
    async look(checked) {
      const says = await Promise.all(queries.map((query) => lookAt(query, checked)));
      return says.flatMap((text): Finding[] =>
        text === null ? [] : [{ says: plainText(text, SAYS_LENGTH), mayPass: true }],
      );
    },
  };
}

async function lookAt(query: PromQuery, { set }: CheckedSet): Promise<string | null> {
  try {
    const answer = await askPrometheus(
      query.prometheus,
      queryAbout(query, set.color, set.record.id),
    );
    return judgeValues(query, readValues(answer));
  } catch (error) {
    return `query ${query.name}: ${query.prometheus} cannot be asked: ${reasonOf(error as Error)}`;
  }
}

/**
 * A Prometheus' answer to an instant query, as it says it.
 *
 * @throws Error where it cannot be asked, or says what is no JSON.
 */
export async function askPrometheus(prometheus: string, query: string): Promise<unknown> {
  const answer = await fetch(`${prometheus.replace(/\/$/, "")}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query }),
    // Another server must not answer in its place.
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  });
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`status ${answer.status}, and no JSON`);
  }
}

/** For people. Why there was no connection is what the error was caused by. */
export function reasonOf({ message, cause }: Error): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : message;
}
