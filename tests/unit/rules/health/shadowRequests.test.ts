import type { UserRequest } from "../../../../release/trafficTally";
import {
  isWorse,
  judgeShadows,
  ShadowPicker,
  type ShadowAnswers,
  type ShadowSettings,
} from "../../../../rules/health/shadowRequests";

const SETTINGS: ShadowSettings = {
  ...{ requests: 3, perSecond: 10, maximumWorsePercent: 10 },
  except: ["^/web/logout", "token="],
};

const user = (method: string, uri: string | null, service = "web"): UserRequest => ({
  ...{ at: 1, color: "blue", service, client: "c", bad: false, seconds: 0.1 },
  path: `${method} ${(uri ?? "/cut").split("?")[0]}`,
  ...(uri === null ? {} : { uri }),
});
const shadow = (uri: string, method = "GET") => ({ service: "web", method, uri });
const answers = (
  serving: number | null,
  own: number | null,
  uri = "/web/a?k=1",
): ShadowAnswers => ({
  ...{ request: shadow(uri), serving, own },
});

describe("users' requests to repeat", () => {
  it("are none for hashed files, which the new release has under other names", () => {
    const picker = new ShadowPicker(["web"], SETTINGS, ["/web/assets/"]);
    const uris = ["/web/assets/index-1.js?v=1", "/web/assets", "/web/shop/assets/a"];
    uris.forEach((uri) => picker.see(user("GET", uri)));
    expect(picker.list()).toEqual([shadow("/web/shop/assets/a"), shadow("/web/assets")]);
  });

  it("are the latest that change nothing, each once", () => {
    const requests = [
      user("GET", "/web/old"),
      user("GET", "/web/a?k=1"),
      user("HEAD", "/web/a"),
      user("GET", "/web/a?k=1"),
      user("POST", "/web/a"),
      user("DELETE", "/web/a"),
      user("GET", "/web/logout"),
      user("GET", "/web/a?token=1"),
      user("GET", "/gone/", "gone"),
      user("GET", null),
      user("GET", "http://elsewhere/"),
      user("GET", "/web/b"),
    ];
    const picker = new ShadowPicker(["web"], SETTINGS);
    requests.forEach((request) => picker.see(request));
    expect(picker.list()).toEqual([
      shadow("/web/b"),
      shadow("/web/a?k=1"),
      shadow("/web/a", "HEAD"),
    ]);
  });

  it("keep a set in that answers too many of them worse, and tell no query", () => {
    const alike = Array.from({ length: 8 }, () => answers(200, 200));
    expect(judgeShadows([...alike, answers(200, 200), answers(200, 500)], SETTINGS)).toBeNull();
    expect(judgeShadows([...alike, answers(200, null), answers(302, 500)], SETTINGS)).toBe(
      "2 of 10 users' requests that were repeated are answered worse (20.0 %, wanted at most 10 %): " +
        "GET /web/a: no answer, wanted 200 as now, GET /web/a: 500, wanted 302 as now",
    );
    expect(judgeShadows([], SETTINGS)).toBeNull();
  });

  it.each([
    [200, 404, true],
    [404, 500, true],
    [304, null, true],
    [500, 200, false],
    [null, 200, false],
    [404, 200, false],
    [503, null, false],
    [401, 403, false],
    [200, 301, false],
    [200, 429, false],
    [429, 500, false],
  ])("%s, then %s: worse is %s", (serving, own, worse) => {
    expect(isWorse(answers(serving, own))).toBe(worse);
  });
});
