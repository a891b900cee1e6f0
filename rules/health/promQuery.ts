/** A question to a Prometheus about a new set, and what its values may be. */
export interface PromQuery {
  /** What messages call it. */
  readonly name: string;
  /** Where Prometheus answers, as the deployer reaches it: `http://127.0.0.1:9090`. */
  readonly prometheus: string;
  /** PromQL. `$set` and `$release` stand for those of the new set. */
  readonly query: string;
  /** Left out: as low as it likes. */
  readonly minimum?: number;
  /** Left out: as high as it likes. */
  readonly maximum?: number;
}

/** A value that a query has found, and the labels of its series. */
export interface FoundValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The query about a set. */
export function queryAbout({ query }: PromQuery, set: string, release: string): string {
  return query.replaceAll("$set", set).replaceAll("$release", release);
}

/** What is wrong with what a query has found; null: nothing. No value at all is wrong too: it would say nothing. */
export function judgeValues(
  { name, minimum = -Infinity, maximum = Infinity }: PromQuery,
  found: readonly FoundValue[],
): string | null {
  if (found.length === 0) return `query ${name}: there is no value; is it told of this set?`;
  // What is not a number is neither.
  const wrong = found.find(({ value }) => !(value >= minimum && value <= maximum));
  if (wrong === undefined) return null;
  const labels = Object.entries(wrong.labels).map(([label, value]) => `${label}=${value}`);
  const of = labels.length > 0 ? ` (${labels.join(", ")})` : "";
  const bounds = [
    ...(minimum === -Infinity ? [] : [`at least ${minimum}`]),
    ...(maximum === Infinity ? [] : [`at most ${maximum}`]),
  ];
  return `query ${name}: is ${wrong.value}${of}, wanted ${bounds.join(" and ")}`;
}

/** What Prometheus says as the result of an instant query; throws Error where that is no answer. */
export function readValues(answer: unknown): FoundValue[] {
  const { status, error, data } = (answer ?? {}) as {
    status?: unknown;
    error?: string;
    data?: { resultType?: unknown; result?: unknown };
  };
  if (status !== "success") throw new Error(error ?? "the answer is not Prometheus'");
  if (data?.resultType === "scalar") {
    return [{ labels: {}, value: numberOf((data.result as [number, string])[1]) }];
  }
  if (data?.resultType !== "vector") {
    throw new Error(`it gives a ${String(data?.resultType)}, wanted one value of each series`);
  }
  const series = data.result as { metric: Record<string, string>; value: [number, string] }[];
  return series.map(({ metric, value }) => ({ labels: metric, value: numberOf(value[1]) }));
}

/** Prometheus writes +Inf. */
function numberOf(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
