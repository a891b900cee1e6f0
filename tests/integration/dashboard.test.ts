import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type * as Charts from "../../operations/dashboard/charts";
import { servePage } from "../../operations/dashboard/servePage";
import { renderDashboard } from "../../rules/analytics/dashboardPage";
import { launchBrowserAlone, watchPage } from "../support/browser";
import { manyReleases } from "../support/manyReleases";

jest.setTimeout(120_000);

/** As a command loads it: the library of charts is of modules that jest does not read. */
const { load } = jest.requireActual<{ load: (entry: string) => typeof Charts }>("../../bin/load");
const { drawCharts } = load("operations/dashboard/charts.ts");
const directory = mkdtempSync(path.join(tmpdir(), "maestro-page-"));
let browser: Browser;

function html(releases: number): string {
  const stacks = [manyReleases(releases)];
  const charts = new Map(stacks.map((page) => [page.stack, drawCharts(page)]));
  return renderDashboard({ stacks, drift: [], charts, madeAt: new Date() });
}

beforeAll(async () => {
  browser = await launchBrowserAlone([]);
});

afterAll(async () => {
  await browser.close();
  rmSync(directory, { recursive: true });
});

/** The page of a file, as an artifact of CI is opened. */
async function open(
  releases: number,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; problems: string[] }> {
  const file = path.join(directory, `${releases}.html`);
  writeFileSync(file, html(releases));
  const page = await (await browser.newContext(options)).newPage();
  const problems = watchPage(page);
  await page.goto(`file://${file}`);
  return { page, problems };
}

describe("a page of releases", () => {
  it.each(["light", "dark"] as const)(
    "has no barrier that axe-core knows of, in the %s",
    async (scheme) => {
      const { page, problems } = await open(60, {
        colorScheme: scheme,
        // What looks for barriers is a script of its own.
        bypassCSP: true,
      });
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<axe.AxeResults> } }).axe.run(),
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
      expect(problems).toEqual([]);
    },
  );

  it("shows 1,000 of them, with all of its lines and nothing that anybody has written in them", async () => {
    const { page } = await open(1_000);
    expect(await page.locator("tbody time").count()).toBeGreaterThan(1_000);
    expect(await page.locator("figure svg").count()).toBe(2);
    expect(await page.title()).toBe("production: releases");
    const drawn = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    );
    console.info(`1,000 releases: first drawn after ${drawn?.toFixed(0)} ms`);
  });

  it("compares two releases by keyboard alone", async () => {
    const { page, problems } = await open(60);
    const differences = page.locator(".differences");
    expect(await differences.innerText()).toContain("web");
    await page.locator('[data-side="before"]').focus();
    await page.keyboard.press("Home");
    expect(await differences.innerText()).toBe("They are the same.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    expect(await differences.innerText()).toMatch(/web\s+\w{12} → \w{12}/);
    expect(problems).toEqual([]);
  });
});

describe("a page that is served", () => {
  it("is read by who knows its address, and by nobody else", async () => {
    let made = 0;
    const served = await servePage(0, () => Promise.resolve(`<!doctype html>page ${(made += 1)}`));
    try {
      const { origin } = new URL(served.url);
      const ask = (url: string, init?: RequestInit) =>
        fetch(url, init).then(({ status }) => status);
      expect(await ask(origin)).toBe(401);
      expect(await ask(`${served.url}x`)).toBe(401);
      expect(await ask(served.url, { method: "POST" })).toBe(405);
      expect(await ask(served.url.replace("/?", "/other?"))).toBe(404);
      expect(await statusAs("attacker.example", served.url)).toBe(421);
      expect(made).toBe(0);
      const visitor = await launchBrowserAlone([Number(new URL(origin).port)]);
      const page = await visitor.newPage();
      await page.goto(served.url);
      expect(await page.locator("body").innerText()).toBe("page 1");
      await visitor.close();
    } finally {
      await served.close();
    }
  });
});

/** As a page of somebody else's asks that has its name point to this machine. */
function statusAs(host: string, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, ({ statusCode }) => resolve(statusCode)).on("error", reject);
  });
}
