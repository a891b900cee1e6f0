import type { Browser, Page } from "playwright-core";
import { connectEngine } from "../../host/engine";
import type { DeepStatus } from "../../rules/health/deepStatus";
import { edgeImage } from "../support/edgeStack";
import { launchBrowserAlone, watchPage } from "../support/browser";
import { assetsOf } from "../support/frontendBuild";
import { FrontendStack } from "../support/frontendStack";
import { PageVisitors } from "../support/pageVisitors";
import { sendRaw } from "../support/rawRequest";
import { succeed } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new FrontendStack("itest-frontends");
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowserAlone([Number(new URL(stack.url).port)]);
  await stack.begin();
  await stack.release("one");
});

afterAll(async () => {
  await browser.close();
  await stack.remove();
});

/** A page as somebody has it open, and what it asks for in vain from then on. */
async function openPage(url = stack.url): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  const problems = watchPage(page);
  await page.goto(url);
  await page.locator("#release").waitFor();
  return { page, problems };
}

/** Loads the page's view, which is a file of its own; the release that the view is of. */
async function openView(page: Page): Promise<string | null> {
  await page.locator("#open").click();
  const view = page.locator("#services[data-state=answered]");
  await view.waitFor({ timeout: 10_000 });
  return view.getAttribute("data-release");
}

const get = (path: string, headers = {}) => sendRaw(stack.url, path, { headers });
const scriptOf = (release: string, chunk: string) =>
  `/assets/${assetsOf(stack.files, release).find((name) => name.startsWith(chunk) && name.endsWith(".js"))}`;

describe("a static site", () => {
  it("has pages that are asked for each time, and hashed files that are kept", async () => {
    const page = await get("/");
    expect(page.headers["cache-control"]).toBe("no-cache");
    expect(page.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(page.headers["x-content-type-options"]).toBe("nosniff");
    const script = await get(scriptOf("one", "index"));
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(script.headers["content-type"]).toContain("javascript");
  });

  it("is looked at as a browser begins: with the page, and a file that it names", async () => {
    const output = await succeed(stack.operation("status", "--deep", "frontend", "--json"));
    const { looks } = JSON.parse(output) as DeepStatus;
    const found = looks.find(({ check }) => check === "frontend");
    expect(found).toMatchObject({ condition: "good" });
    expect(found?.says).toBe(
      `/, and ${scriptOf("one", "index")} (public, max-age=31536000, immutable)`,
    );
  });

  it("answers texts compressed to who takes that", async () => {
    const packed = await get(scriptOf("one", "index"), { "accept-encoding": "gzip" });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(packed.headers["vary"]).toContain("Accept-Encoding");
    const plain = await get(scriptOf("one", "index"));
    expect(plain.headers["content-encoding"]).toBeUndefined();
  });

  it("shows its page at addresses that are no file, and none for files that are missing", async () => {
    const deep = await get("/orders/17");
    expect([deep.status, deep.body.includes('<main id="app">')]).toEqual([200, true]);
    expect(deep.headers["cache-control"]).toBe("no-cache");
    for (const path of ["/missing.js", "/assets/missing-0000.js", "/assets/%2e%2e/nginx.conf"]) {
      const missing = await get(path);
      expect([path, missing.status]).toEqual([path, 404]);
      expect(missing.headers["cache-control"] ?? "").not.toContain("immutable");
    }
  });

  it("adds no more than its files to what the host has from the edge", async () => {
    const inspect = (image: string) => connectEngine().getImage(image).inspect();
    const [site, edge] = [await inspect(stack.image), await inspect(edgeImage())];
    const edgeLayers = edge.RootFS.Layers!;
    expect(site.RootFS.Layers!.slice(0, edgeLayers.length)).toEqual(edgeLayers);
    expect(site.Size - edge.Size).toBeLessThan(1e6);
  });
});

describe("pages across releases", () => {
  it("load without a failed file while a release comes, and later parts of the old page too", async () => {
    const before = await openPage();
    const visitors = new PageVisitors(browser, stack.url);
    visitors.start();
    await stack.release("two");
    const visits = await visitors.stop();
    expect(visits.flatMap(({ problems }) => problems)).toEqual([]);
    expect(visits.filter(({ page, view }) => page !== view)).toEqual([]);
    expect(visits.at(0)?.page).toBe("one");
    expect(await openView(before.page)).toBe("one");
    expect(before.problems).toEqual([]);
    const after = await openPage();
    expect([await openView(after.page), after.problems]).toEqual(["two", []]);
  });

  it("load later parts two releases later", async () => {
    // `one` is in neither set any more: its files went along with `two`, which is warm.
    const two = await openPage();
    const one = scriptOf("one", "services");
    await stack.release("three");
    const answer = await get(one);
    expect([answer.status, answer.headers["x-maestro-set"]]).toEqual([200, "green"]);
    expect(await openView(two.page)).toBe("two");
    expect(two.problems).toEqual([]);
  });

  it("load later parts of a release that was taken back", async () => {
    const three = await openPage();
    await succeed(stack.operation("rollback"));
    expect((await get("/")).headers["x-maestro-set"]).toBe("green");
    expect(await openView(three.page)).toBe("three");
    expect(three.problems).toEqual([]);
  });
});

describe("files that neither set has", () => {
  it("are 404 in words that nobody keeps", async () => {
    const missing = await get("/assets/missing-0000.js");
    expect([missing.status, missing.headers["cache-control"]]).toEqual([404, "no-store"]);
    expect(JSON.parse(missing.body)).toEqual({ error: "nothing is at this path" });
  });

  it("are not looked for in the other set by other methods and by maestro itself", async () => {
    const three = scriptOf("three", "services");
    const ask = async (method: string, headers = {}) =>
      (await sendRaw(stack.url, three, { method, headers })).status;
    expect(await ask("HEAD")).toBe(200);
    expect(await ask("POST")).toBe(404);
    expect(await ask("GET", { "x-maestro-probe": "1" })).toBe(404);
  });

  it("are 404 too where the other set is gone", async () => {
    const three = scriptOf("three", "services");
    const idle = [...(await stack.containers("blue")).values()];
    await Promise.all(idle.map(({ id }) => connectEngine().getContainer(id).stop({ t: 0 })));
    const answer = await get(three);
    expect([answer.status, answer.headers["cache-control"]]).toEqual([404, "no-store"]);
    expect((await get(scriptOf("two", "services"))).status).toBe(200);
  });
});
