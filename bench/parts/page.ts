import type { Browser } from "playwright-core";
import { connectEngine } from "../../host/engine";
import { SITE_PORT } from "../../config/siteService";
import { launchBrowser } from "../../tests/support/browser";
import { FrontendStack } from "../../tests/support/frontendStack";
import type { Context } from "../context";
import { measure, median, type Measurement } from "../measurement";

/** Loads by each way in a round, by turns: one load is mostly the browser's own noise. */
const LOADS = 10;
/** What the example's page may cost, as Lighthouse would call a budget. */
const BUDGET = { kilobytes: 12, requests: 3, firstByteMilliseconds: 50, paintRatio: 1.5 };

/** One load with an empty cache, as the browser's own entries tell it. */
interface Load {
  /** All files with their headers, as they came over the network. */
  readonly kilobytes: number;
  readonly requests: number;
  /** From the request to its answer's first byte, in milliseconds. */
  readonly firstByte: number;
  /** From the start of the navigation to the largest paint, in milliseconds. */
  readonly paint: number;
}

/** What a page costs its visitors, and what the edge adds to what its container alone would take. */
export async function page({ rounds }: Context): Promise<Measurement[]> {
  const stack = new FrontendStack("bench-page");
  const browser = await launchBrowser();
  try {
    await stack.begin();
    await stack.release("one");
    const direct = await containerUrl(stack);
    const samples = await measure<keyof Load | "firstByteRatio" | "paintRatio">(
      rounds,
      async (round) => {
        const edge: Load[] = [];
        const plain: Load[] = [];
        for (let load = 0; load < LOADS; load += 1) {
          edge.push(await loadPage(browser, stack.url));
          plain.push(await loadPage(browser, direct));
        }
        const of = (loads: readonly Load[], what: keyof Load) =>
          median(loads.map((it) => it[what]));
        for (const what of ["kilobytes", "requests", "firstByte", "paint"] as const) {
          round.add(what, of(edge, what));
        }
        round.add("firstByteRatio", of(edge, "firstByte") / of(plain, "firstByte"));
        round.add("paintRatio", of(edge, "paint") / of(plain, "paint"));
      },
    );
    const row = (
      name: string,
      unit: Measurement["unit"],
      of: Parameters<typeof samples.of>[0],
    ) => ({
      ...{ name, unit, summary: "median" as const, samples: samples.of(of) },
    });
    return [
      { ...row("all files of the page", "kB", "kilobytes"), atMost: BUDGET.kilobytes },
      { ...row("requests of the page", "requests", "requests"), atMost: BUDGET.requests },
      {
        ...row("first byte of the page, through the edge", "ms", "firstByte"),
        atMost: BUDGET.firstByteMilliseconds,
      },
      row("first byte, against the container alone", "x", "firstByteRatio"),
      row("largest paint, through the edge", "ms", "paint"),
      {
        ...row("largest paint, against the container alone", "x", "paintRatio"),
        atMost: BUDGET.paintRatio,
      },
    ];
  } finally {
    await browser.close();
    await stack.remove();
  }
}

async function containerUrl(stack: FrontendStack): Promise<string> {
  const [, container] = [...(await stack.containers())].find(([name]) =>
    name.includes("-frontend-"),
  )!;
  const { NetworkSettings } = await connectEngine().getContainer(container.id).inspect();
  const [network] = Object.values(NetworkSettings.Networks);
  return `http://${network!.IPAddress}:${SITE_PORT}`;
}

async function loadPage(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext();
  try {
    const opened = await context.newPage();
    await opened.goto(url, { waitUntil: "load" });
    await opened.locator("#release").waitFor();
    return await opened.evaluate<Load>(READ_ENTRIES);
  } finally {
    await context.close();
  }
}

/** Runs in the page, whose types this program does not have. */
const READ_ENTRIES = `new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [navigation] = performance.getEntriesByType("navigation");
    const files = [navigation, ...performance.getEntriesByType("resource")];
    resolve({
      kilobytes: files.reduce((sum, { transferSize }) => sum + transferSize, 0) / 1000,
      requests: files.length,
      firstByte: navigation.responseStart - navigation.requestStart,
      paint: list.getEntries().at(-1).startTime,
    });
  }).observe({ type: "largest-contentful-paint", buffered: true });
})`;
