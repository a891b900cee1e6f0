import { PROFILES } from "../load/profile";
import { runLoad } from "../load/run";
import { summarize } from "../load/summary";
import { deriveRelease } from "../support/derivedImages";
import { builtImages, TestStack } from "../support/testStack";

jest.setTimeout(1_200_000);

const stack = new TestStack("itest-load");

afterAll(() => stack.remove());

describe("ten deploys, rollbacks and roll-forwards under load", () => {
  it("lose no request and answer none from the wrong set, while deliberate mistakes are noticed", async () => {
    const first = builtImages().release;
    const others = [await deriveRelease(first, "load-1"), await deriveRelease(first, "load-2")];
    await stack.create({ release: first });
    const run = await runLoad(PROFILES.quick, stack, [first, others[0]!, others[1]!]);
    const summary = summarize(run);
    const { failures, sent, updates, switching, quiet, deploying, resting, longestGap } = summary;
    console.info(
      `${sent} requests, ${updates} updates, p99 ${switching.p99.toFixed(1)} ms around a switch and ` +
        `${quiet.p99.toFixed(1)} ms else, ${deploying.p99.toFixed(1)} ms in deploys and ` +
        `${resting.p99.toFixed(1)} ms without, longest gap ${longestGap.toFixed(0)} ms; lost on purpose: ` +
        run.controls.map(({ lost }) => lost).join(", "),
    );
    expect(failures).toEqual([]);
    expect(sent).toBe(PROFILES.quick.requests);
    expect(updates).toBe(PROFILES.quick.rounds * 4);
  });
});
