import { clientAddress, HAND_LENGTHS, slotsUntil } from "../../../../rules/edge/byHand";
import { durationWords, parseDuration, ruleWords } from "../../../../rules/edge/handWords";
import { SeededRandom } from "../../../support/seededRandom";

const NOW = 1_796_011_385;

/** Whether a file of this moment is among them, at any level, as nginx looks for it. */
function holds(slots: readonly string[], at: number): boolean {
  return [0, 1, 2, 3, 4, 5].some((level) => slots.includes(String(Math.floor(at / 10 ** level))));
}

describe("the slots of a rule", () => {
  it("reach from now to the end, and not a second beyond", () => {
    const random = new SeededRandom("slots");
    for (let round = 0; round < 300; round += 1) {
      const from = NOW + Math.floor(random.next() * 1e6);
      const seconds = 1 + Math.floor(random.next() * (round < 150 ? 120 : 40_000));
      const slots = slotsUntil(from, from + seconds);
      for (let at = from; at < from + seconds; at += 1) {
        if (!holds(slots, at)) throw new Error(`${from}+${seconds}: ${at} is not covered`);
      }
      for (const at of [0, 1, 9, 10, 99, 1000, 99_999]) {
        expect(holds(slots, from + seconds + at)).toBe(false);
      }
    }
  });

  it("are few, however long the rule is", () => {
    expect(slotsUntil(1_796_011_385, 1_796_011_390)).toEqual(["179601138"]);
    expect(slotsUntil(1_796_011_385, 1_796_011_393)).toEqual([
      ...["179601138", "1796011390", "1796011391", "1796011392"],
    ]);
    for (const { most } of Object.values(HAND_LENGTHS)) {
      expect(slotsUntil(NOW, NOW + most).length).toBeLessThanOrEqual(75);
    }
    expect(slotsUntil(NOW, NOW)).toEqual([]);
  });
});

describe("a client's address", () => {
  it.each([
    ["198.51.100.7", "198.51.100.7"],
    ["2001:DB8:0:0:0:0:0:7", "2001:db8::7"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ])("%s is called %s, as nginx writes it", (given, written) => {
    expect(clientAddress(given, "address")).toBe(written);
  });

  it.each([
    ["198.51.100.0/24", "must be one address, not a range"],
    ["2001:db8::/64", "must be one address, not a range"],
    ["198.51.100.256", "must be an IPv4 or IPv6 address"],
    ["198.51.100.07", "must be an IPv4 or IPv6 address"],
    ["fe80::1%eth0", "must be an IPv4 or IPv6 address"],
    ["../switch/live", "must be an IPv4 or IPv6 address"],
    ["", "must be an IPv4 or IPv6 address"],
    ["::ffff:198.51.100.7", "must be an address that clients come from"],
    ["::1", "must be an address that clients come from"],
  ])("%j is refused: %s", (given, says) => {
    expect(() => clientAddress(given, "--allow")).toThrow(
      `--allow: ${says}, got ${JSON.stringify(given)}; `,
    );
  });
});

describe("a rule in words", () => {
  it("says what, until when, for whom and why", () => {
    const rule = { until: "2026-11-30T04:30:00.000Z", by: "ops", at: "2026-11-30T04:00:00.000Z" };
    expect(ruleWords({ ...rule, kind: "blocked", address: "198.51.100.7" }, 1440)).toBe(
      "198.51.100.7 is refused until 2026-11-30T04:30:00Z (24 min left), by ops",
    );
    const maintenance = { ...rule, kind: "maintenance", allow: ["198.51.100.9"] } as const;
    expect(ruleWords({ ...maintenance, reason: "a disk" }, 59)).toBe(
      "maintenance until 2026-11-30T04:30:00Z (59 s left), except for 198.51.100.9, by ops: a disk",
    );
  });

  it("reads and tells durations", () => {
    expect(["90s", "30m", "2h", "1d", "0s"].map(parseDuration)).toEqual([
      90, 1800, 7200, 86_400, 0,
    ]);
    expect(["", "1", "m", "1.5h", "-1s", "1w"].map(parseDuration)).toEqual(Array(6).fill(null));
    expect([1, 119.2, 1800, 7200, 2_592_000].map(durationWords)).toEqual([
      ...["1 s", "2 min", "30 min", "2 h", "30 days"],
    ]);
  });
});
