import type { LoadRun } from "./run";
import { latencyOf } from "./summary";

const WIDTH = 1200;
const HEIGHT = 360;
const MARGIN = { left: 80, right: 20, top: 30, bottom: 40 };
/** Points of each line; more would only be drawn over each other. */
const BUCKETS = 400;
const LINES = [
  { name: "p99", color: "#b91c1c", of: "p99" },
  { name: "median", color: "#1d4ed8", of: "p50" },
] as const;

/** Latency over time as an SVG, logarithmic, with every move of the traffic marked. */
export function plotLatency(run: LoadRun): string {
  const end = run.began + run.seconds * 1000;
  const x = (at: number) =>
    MARGIN.left + ((at - run.began) / (end - run.began)) * (WIDTH - MARGIN.left - MARGIN.right);
  const buckets = bucketsOf(run);
  const highest = Math.max(10, ...buckets.map(({ p99 }) => p99));
  const decades = Math.ceil(Math.log10(highest));
  const y = (milliseconds: number) =>
    HEIGHT -
    MARGIN.bottom -
    (Math.log10(Math.max(1, milliseconds)) / decades) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = Array.from({ length: decades + 1 }, (_, decade) => {
    const at = y(10 ** decade).toFixed(1);
    return (
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${at}" text-anchor="end">${10 ** decade} ms</text>`
    );
  });
  const moves = run.updates.map(({ movedAt, color, action }) => {
    const at = x(movedAt).toFixed(1);
    return (
      `<line x1="${at}" x2="${at}" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}" ` +
      `stroke="${color}" stroke-opacity="0.35"><title>${action} to ${color}</title></line>`
    );
  });
  const lines = LINES.map(({ color, of }) => {
    const points = buckets.map(
      (bucket) => `${x(bucket.at).toFixed(1)},${y(bucket[of]).toFixed(1)}`,
    );
    return `<polyline fill="none" stroke="${color}" points="${points.join(" ")}"/>`;
  });
  const legend = LINES.map(
    ({ name, color }, index) =>
      `<text x="${MARGIN.left + index * 80}" y="18" fill="${color}">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...grid,
    ...moves,
    ...lines,
    ...legend,
    `<text x="${MARGIN.left + 200}" y="18">vertical lines: the traffic moves to the set of that color</text>`,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 10}">${run.seconds.toFixed(0)} s</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function bucketsOf(run: LoadRun): { at: number; p50: number; p99: number }[] {
  const width = (run.seconds * 1000) / BUCKETS;
  const times = Array.from({ length: BUCKETS }, (): number[] => []);
  for (const { at, milliseconds } of run.answers) {
    times[Math.min(BUCKETS - 1, Math.max(0, Math.floor((at - run.began) / width)))]!.push(
      milliseconds,
    );
  }
  return times.flatMap((bucket, index) =>
    bucket.length === 0 ? [] : [{ at: run.began + (index + 0.5) * width, ...latencyOf(bucket) }],
  );
}
