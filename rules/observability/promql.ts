/** Values that labels must have; a number is the upper end of a bucket. */
export type Labels = Readonly<Record<string, string | number>>;

/** A selector of PromQL: `{stack="demo",service="web"}`. */
export function selector(labels: Labels): string {
  const matchers = Object.entries(labels).map(([name, value]) =>
    // Prometheus 3 writes 1.0 for the 1 that 2 has taken over as it was told.
    typeof value === "number" && Number.isInteger(value)
      ? `${name}=~"${value}|${value}\\\\.0"`
      : `${name}=${JSON.stringify(String(value))}`,
  );
  return `{${matchers.join(",")}}`;
}
