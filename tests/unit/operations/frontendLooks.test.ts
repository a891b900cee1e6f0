import type { Examined } from "../../../operations/status/examined";
import { findAsset, frontendLooks } from "../../../operations/status/frontendLooks";
import type { DeepFinding } from "../../../rules/health/deepStatus";
import { createRelease } from "../../../release/release";
import { serviceRelease } from "../../support/releases";

const PAGE = '<script src="/shop/assets/app-1a2b.js"></script>';

/** What is found of a frontend whose edge answers so: path -> status, type and text. */
function look(answers: Readonly<Record<string, readonly [number, string, string]>>) {
  const asked: string[] = [];
  const route = { ...serviceRelease().route, path: "/shop/", assets: "/assets/" };
  const { services } = createRelease({
    web: serviceRelease({ overrides: { route } }),
    api: serviceRelease(),
  });
  const hands = {
    request: (_set: unknown, _service: string, { path }: { path: string }, way: string) => {
      asked.push(`${way} ${path}`);
      const [status, type, body] = answers[path] ?? [404, "text/plain", "none"];
      return Promise.resolve({ status, body, headers: { "content-type": type } });
    },
  };
  const examined = {
    ...{ stack: "demo", color: "blue", isActive: true, record: { services } },
    hands,
  };
  const all = { ...examined, services: ["api", "web"] } as unknown as Examined;
  return { looks: frontendLooks(all), asked };
}

describe("a frontend that is looked at", () => {
  it("is a service with assets, asked as users ask it", async () => {
    const { looks, asked } = look({
      "/shop/": [200, "text/html; charset=utf-8", PAGE],
      "/shop/assets/app-1a2b.js": [200, "text/javascript", ""],
    });
    expect(looks.map(({ service, check }) => [service, check])).toEqual([["web", "frontend"]]);
    expect(await looks[0]!.look()).toEqual({
      condition: "good",
      says: "/shop/, and /shop/assets/app-1a2b.js (no cache-control)",
    });
    expect(asked).toEqual(["public /shop/", "public /shop/assets/app-1a2b.js"]);
  });

  it.each<[string, Parameters<typeof look>[0], Partial<DeepFinding>]>([
    [
      "without a page",
      {},
      { condition: "bad", says: "/shop/ answers 404, text/plain, wanted a page" },
    ],
    [
      "whose page is none",
      { "/shop/": [200, "application/json", "{}"] },
      { condition: "bad", says: "/shop/ answers 200, application/json, wanted a page" },
    ],
    [
      "whose page names no asset",
      { "/shop/": [200, "text/html", "<p>"] },
      { condition: "warning", says: "/shop/ names no file below /shop/assets/" },
    ],
    [
      "whose asset is not there",
      { "/shop/": [200, "text/html", PAGE] },
      { condition: "bad", says: "/shop/assets/app-1a2b.js answers 404, and /shop/ names it" },
    ],
  ])("%s is not well", async (_what, answers, finding) => {
    const found = await look(answers).looks[0]!.look();
    expect(found).toMatchObject(finding);
    expect(found.mend).not.toBeUndefined();
  });
});

describe("the asset that a page is tried with", () => {
  const find = (page: string) => findAsset(page, "/shop/", "/shop/assets/");

  it("is the first file below the assets' path that the page names, however it does", () => {
    const head = '<link href="https://cdn.example.com/shop/assets/a.css"><link href="/icon.png">';
    expect(find(`${head}<script src="/shop/assets/app-1a2b.js"></script>`)).toBe(
      "/shop/assets/app-1a2b.js",
    );
    expect(find("<script src=assets/app.js?v=1></script>")).toBe("/shop/assets/app.js");
    expect(find('<a href="http://[">x</a><img src="./assets/x.png">')).toBe("/shop/assets/x.png");
  });

  it("is none where it names none", () => {
    expect(
      find('<a href="/shop/assets/">all</a><script src="/assets/app.js"></script>'),
    ).toBeNull();
  });
});
