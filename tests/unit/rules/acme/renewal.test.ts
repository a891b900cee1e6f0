import { covers, challengeRecord } from "../../../../rules/acme/acmeSettings";
import { waitOf } from "../../../../rules/acme/refusal";
import {
  decideRenewal,
  findWait,
  renewalTime,
  type CertificateFacts,
} from "../../../../rules/acme/renewal";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-30T12:00:00Z");
const PRODUCTION = "https://acme.example.com/directory";
const STAGING = "https://staging.example.com/directory";
const settings = {
  names: ["shop.example.com", "www.shop.example.com"],
  authority: PRODUCTION,
  email: null,
  challenge: "http-01" as const,
  hook: null,
  renewDays: 30,
  profile: null,
};

function certificate(daysLeft: number, life = 90, names = settings.names): CertificateFacts {
  const to = NOW + daysLeft * DAY;
  return { names, issuer: "R11", from: to - life * DAY, to, fingerprint: "a".repeat(64) };
}

const issuedBy = (authority: string) => ({ issued: { fingerprint: "a".repeat(64), authority } });
const KNOWN = issuedBy(PRODUCTION);

describe("a certificate is issued", () => {
  it.each([
    ["there is none", null, {}, "none has been issued yet"],
    ["its end is near", certificate(30), KNOWN, "it ends 2026-12-30, in 30 days"],
    ["it has ended", certificate(-1), KNOWN, "it ended 2026-11-29"],
    ["nobody knows its authority", certificate(80), {}, "nobody knows who issued it"],
    [
      "it is one of a test",
      certificate(80),
      issuedBy(STAGING),
      "it is of staging.example.com, and acme.example.com is asked for",
    ],
    [
      "a name was added, and one taken away",
      certificate(80, 90, ["old.example.com", "shop.example.com"]),
      KNOWN,
      "its names differ: +www.shop.example.com -old.example.com",
    ],
  ] as const)("where %s", (_case, held, state, because) => {
    expect(decideRenewal(settings, held, state, NOW)).toEqual({ isDue: true, because });
  });

  it("not before: thirty days before its end, or a third of its life", () => {
    const because = "it is good until 2026-12-31, and due on 2026-12-01";
    expect(decideRenewal(settings, certificate(31), KNOWN, NOW)).toEqual({ isDue: false, because });
    const life = (days: number) => renewalTime(settings, { from: 0, to: days * DAY }) / DAY;
    expect([life(90), life(45), life(6)]).toEqual([60, 30, 4]);
    expect(decideRenewal(settings, certificate(3, 6), KNOWN, NOW).isDue).toBe(false);
  });
});

describe("an authority that was asked too often", () => {
  it.each([
    ["in seconds", { status: 429, retryAfter: "120" }, 120],
    ["by a date", { status: 429, retryAfter: "Mon, 30 Nov 2026 12:10:00 GMT" }, 600],
    ["by a date that is over", { status: 429, retryAfter: "Mon, 30 Nov 2026 11:00:00 GMT" }, 1],
    ["not at all", { status: 429 }, 3600],
    ["in words", { status: 429, retryAfter: "later" }, 3600],
    ["for a year", { status: 429, retryAfter: "31536000" }, 7 * 86_400],
    [
      "by the type of its error",
      { status: 403, type: "urn:ietf:params:acme:error:rateLimited" },
      3600,
    ],
    ["since it is being mended", { status: 503, retryAfter: "30" }, 30],
  ])("is left alone as it says %s", (_case, answer, seconds) => {
    expect(waitOf(answer, NOW)).toBe(NOW + seconds * 1000);
  });

  it("is told from one that refuses", () => {
    expect(waitOf({ status: 403, retryAfter: "30" }, NOW)).toBeNull();
    expect(waitOf({ status: 503 }, NOW)).toBeNull();
  });

  it("is asked again when its time is over, and another one at once", () => {
    const wait = { authority: PRODUCTION, until: NOW + 1000, reason: "too many" };
    expect(findWait(settings, { wait }, NOW)).toEqual(wait);
    expect(findWait(settings, { wait }, NOW + 1000)).toBeNull();
    expect(findWait({ authority: STAGING }, { wait }, NOW)).toBeNull();
    expect(findWait(settings, {}, NOW)).toBeNull();
  });
});

describe("a wildcard", () => {
  it("stands for one label, and is shown at the name below it", () => {
    const names = ["example.com", "*.example.com"];
    const hosts = ["example.com", "a.example.com", "a.b.example.com", "example.org"];
    expect(hosts.filter((host) => covers(names, host))).toEqual(["example.com", "a.example.com"]);
    expect(names.map(challengeRecord)).toEqual(Array(2).fill("_acme-challenge.example.com"));
  });
});
