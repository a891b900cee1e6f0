import fc from "fast-check";
import type { Fault } from "./modelFaults";
import { modelRelease } from "./releases";

/** An update on three hosts makes up to so many changes. */
const MOST_STEPS = 110;

/** A release of one or two services. */
export const smallRelease = fc
  .record({ api: fc.integer({ min: 1, max: 3 }), web: fc.boolean() })
  .map(({ api, web }) => modelRelease({ api, ...(web && { web: 1 }) }));

/** Updates one after another on up to so many hosts, and how each goes wrong: kills and cuts more often than all else. */
export function hostHistories(hosts: number) {
  const host = fc.integer({ min: 0, max: hosts - 1 });
  const step = fc.integer({ min: 0, max: MOST_STEPS });
  const kill = step.map((at): Fault => ({ kind: "kill", step: at }));
  const cut = fc
    .record({ host, step, loses: fc.constantFrom("change" as const, "answer" as const) })
    .chain((how) =>
      fc.constantFrom<Fault>({ kind: "cut", ...how }, { kind: "cut", ...how, watch: true }),
    );
  const ailing = fc
    .record({ host, kind: fc.constantFrom("gate" as const, "unwell" as const, "watch" as const) })
    .map((how): Fault => how);
  const fault = fc.oneof(
    fc.constantFrom<Fault>({ kind: "none" }, { kind: "cancel" }, { kind: "watch" }),
    ailing,
    kill,
    kill,
    cut,
    cut,
  );
  return fc.array(fc.tuple(smallRelease, fault), { maxLength: 8 });
}

/** What steps say of many thousands of updates is dropped while a file's tests run; a spy would keep it all. */
export function dropWords(): void {
  const { log, error } = console;
  beforeAll(() => {
    console.log = () => undefined;
    console.error = () => undefined;
  });
  afterAll(() => Object.assign(console, { log, error }));
}
