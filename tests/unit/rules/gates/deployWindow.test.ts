import { openUntil, refusalOf, type DeployWindow } from "../../../../rules/gates/deployWindow";
import { instantOf, wallTime } from "../../../../rules/gates/wallClock";

const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"];
const BERLIN: DeployWindow = {
  timeZone: "Europe/Berlin",
  open: [{ days: WORKDAYS, from: "14:00", to: "16:00" }],
  freezes: [],
};

/** A moment as Berlin's clocks show it in winter. */
const winter = (wall: string) => new Date(`${wall}+01:00`);
const summer = (wall: string) => new Date(`${wall}+02:00`);
const isOpen = (window: DeployWindow, now: Date) => refusalOf(window, now) === null;

describe("hours for releases", () => {
  it.each([
    ["2026-03-02T13:59:59", false],
    ["2026-03-02T14:00:00", true],
    ["2026-03-02T15:59:59", true],
    ["2026-03-02T16:00:00", false],
    ["2026-03-07T14:30:00", false], // Saturday
  ])("hold from their first second to the one before their end: %s", (wall, open) => {
    expect(isOpen(BERLIN, winter(wall))).toBe(open);
  });

  it("say when they open next, over a weekend", () => {
    expect(refusalOf(BERLIN, winter("2026-02-27T16:00:00"))).toBe(
      "outside of the hours for releases; opens Mon 2 Mar 2026 14:00 Europe/Berlin",
    );
  });

  it("say until when they are open", () => {
    expect(openUntil(BERLIN, winter("2026-03-02T14:10:00"))).toBe(
      "Mon 2 Mar 2026 16:00 Europe/Berlin",
    );
    expect(openUntil(BERLIN, winter("2026-03-02T13:10:00"))).toBeNull();
  });

  it("open by any of several, and do not shut each other", () => {
    const window = {
      ...BERLIN,
      open: [...BERLIN.open, { days: ["sat"], from: "08:00", to: "09:00" }],
    };
    expect(isOpen(window, winter("2026-03-07T08:30:00"))).toBe(true);
    expect(isOpen(window, winter("2026-03-02T14:30:00"))).toBe(true);
  });

  it("over midnight belong to the day they start on", () => {
    const night = { ...BERLIN, open: [{ days: ["fri"], from: "22:00", to: "02:00" }] };
    expect(isOpen(night, winter("2026-03-06T23:59:59"))).toBe(true);
    expect(isOpen(night, winter("2026-03-07T01:59:59"))).toBe(true);
    expect(isOpen(night, winter("2026-03-07T02:00:00"))).toBe(false);
    expect(isOpen(night, winter("2026-03-06T01:00:00"))).toBe(false);
    expect(openUntil(night, winter("2026-03-06T23:00:00"))).toContain("Sat 7 Mar 2026 02:00");
  });

  it("to 24:00 take the day's last second, and no more", () => {
    const day = { ...BERLIN, open: [{ days: ["thu"], from: "00:00", to: "24:00" }] };
    expect(isOpen(day, winter("2024-02-29T00:00:00"))).toBe(true);
    expect(isOpen(day, winter("2024-02-29T23:59:59"))).toBe(true);
    expect(isOpen(day, winter("2024-03-01T00:00:00"))).toBe(false);
    expect(openUntil(day, winter("2024-02-29T12:00:00"))).toContain("Fri 1 Mar 2024 00:00");
  });

  it("that clocks skip open nothing, and say the moment of the change as their opening", () => {
    // 29 March 2026: 02:00 becomes 03:00.
    const skipped = { ...BERLIN, open: [{ days: ["sun"], from: "02:00", to: "03:00" }] };
    expect(isOpen(skipped, winter("2026-03-29T01:59:59"))).toBe(false);
    expect(isOpen(skipped, summer("2026-03-29T03:00:00"))).toBe(false);
    const half = { ...BERLIN, open: [{ days: ["sun"], from: "02:30", to: "04:00" }] };
    expect(refusalOf(half, winter("2026-03-29T01:00:00"))).toContain("opens Sun 29 Mar 2026 03:00");
    expect(isOpen(half, summer("2026-03-29T03:00:00"))).toBe(true);
  });

  it("that clocks show twice are open twice", () => {
    // 25 October 2026: 03:00 becomes 02:00.
    const twice = { ...BERLIN, open: [{ days: ["sun"], from: "02:00", to: "03:00" }] };
    expect(isOpen(twice, summer("2026-10-25T02:30:00"))).toBe(true);
    expect(isOpen(twice, winter("2026-10-25T02:30:00"))).toBe(true);
    expect(isOpen(twice, winter("2026-10-25T03:00:00"))).toBe(false);
    expect(refusalOf(twice, summer("2026-10-25T01:00:00"))).toContain("25 Oct 2026 02:00");
  });

  it("do not depend on the zone of the machine", () => {
    const before = process.env["TZ"];
    try {
      process.env["TZ"] = "Pacific/Kiritimati";
      expect(isOpen(BERLIN, winter("2026-03-02T14:00:00"))).toBe(true);
      expect(isOpen(BERLIN, winter("2026-03-02T13:59:59"))).toBe(false);
    } finally {
      if (before === undefined) delete process.env["TZ"];
      else process.env["TZ"] = before;
    }
  });
});

describe("freezes", () => {
  const frozen = {
    ...BERLIN,
    freezes: [{ from: "2026-12-20T00:00", to: "2027-01-02T00:00", reason: "the year's end" }],
  };

  it("keep a release in at any hour, and end at the hours that come after them", () => {
    expect(refusalOf(frozen, winter("2026-12-21T14:30:00"))).toBe(
      "frozen: the year's end; opens Mon 4 Jan 2027 14:00 Europe/Berlin",
    );
    expect(isOpen(frozen, winter("2026-12-18T14:30:00"))).toBe(true);
  });

  it("hold from their first second to the one before their end", () => {
    const always = { ...frozen, open: [] };
    expect(isOpen(always, winter("2026-12-19T23:59:59"))).toBe(true);
    expect(isOpen(always, winter("2026-12-20T00:00:00"))).toBe(false);
    expect(isOpen(always, winter("2027-01-01T23:59:59"))).toBe(false);
    expect(isOpen(always, winter("2027-01-02T00:00:00"))).toBe(true);
    expect(openUntil(always, winter("2026-12-01T00:00:00"))).toContain("Sun 20 Dec 2026 00:00");
    expect(openUntil(always, winter("2027-02-01T00:00:00"))).toBeNull();
  });

  it("that meet each other are one", () => {
    const both = {
      ...frozen,
      open: [],
      freezes: [
        ...frozen.freezes,
        { from: "2027-01-02T00:00", to: "2027-01-05T12:00", reason: "stocktaking" },
      ],
    };
    expect(refusalOf(both, winter("2026-12-31T00:00:00"))).toContain("opens Tue 5 Jan 2027 12:00");
  });
});

describe("a clock on the wall", () => {
  it("is read back as the moment it was read at, in zones of all kinds", () => {
    for (const zone of [
      "UTC",
      "Europe/Berlin",
      "Asia/Kathmandu",
      "Pacific/Apia",
      "America/St_Johns",
    ]) {
      for (let hour = 0; hour < 24 * 366; hour += 7) {
        const instant = new Date(Date.UTC(2024, 0, 1, hour, 17, 5));
        const back = instantOf(wallTime(instant, zone), zone);
        // Where clocks went back, the first of both moments is meant.
        expect(wallTime(back, zone)).toBe(wallTime(instant, zone));
        expect(back.getTime()).toBeLessThanOrEqual(instant.getTime());
      }
    }
  });
});
