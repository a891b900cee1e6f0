import { Lateness } from "../../../operations/metrics/lateness";

const AT = (second: number) => `2026-09-01T12:00:0${second}.000000000Z`;

describe("how late lines are kept", () => {
  it("is the age of the oldest that was kept last, and grows while nothing is kept", () => {
    let now = Date.parse(AT(5));
    const lateness = new Lateness(() => now);
    expect(lateness.seconds()).toBe(0);
    [3, 2, 4].forEach((second) => lateness.take(AT(second)));
    now += 1_000;
    expect(lateness.seconds()).toBe(1);
    const oldest = lateness.begin();
    // What comes meanwhile waits for the next time.
    lateness.take(AT(1));
    lateness.kept(oldest);
    expect(lateness.seconds()).toBe(4);
    now += 500;
    expect(lateness.seconds()).toBe(4.5);
    lateness.kept(lateness.begin());
    expect(lateness.seconds()).toBe(5.5);
    lateness.kept(lateness.begin());
    expect(lateness.seconds()).toBe(0);
  });
});
