import { withDefaultLimits } from "../../../release/trafficLimits";
import { replayTraffic, type ReplayOptions } from "../../../release/trafficReplay";
import type { UserRequest } from "../../../release/trafficTally";

const options: ReplayOptions = { limits: () => withDefaultLimits() };

/** Ten minutes of blue, then green; 50 requests a second. */
function traffic(isBad: (index: number) => boolean, seconds = 60): UserRequest[] {
  const requests: UserRequest[] = [];
  const add = (at: number, color: "blue" | "green", index: number, bad: boolean) =>
    requests.push({
      ...{ at, color, bad, service: "web", client: `c${index}` },
      ...{ seconds: 0.01, path: "GET /web/" },
    });
  for (let index = 0; index < 30_000; index += 1)
    add(1000 + index / 50, "blue", index, index % 100 === 0);
  for (let index = 0; index < 50 * seconds; index += 1) {
    // Some that were under way end after the move.
    if (index < 20 && index % 4 === 1) add(1600 + index / 50, "blue", index, false);
    else add(1600 + index / 50, "green", index, isBad(index));
  }
  return requests;
}

it("finds when the traffic moved, and lets a release stay that is as good", () => {
  const replay = replayTraffic(
    traffic((index) => index % 100 === 0),
    options,
  );
  expect(replay).toMatchObject({ color: "green", movedAt: 1600, failedAfterSeconds: null });
  expect(replay.verdict.verdict).toBe("pass");
});

it("sends a bad one back at the second at which it is shown to be", () => {
  const replay = replayTraffic(
    traffic((index) => index % 10 === 0),
    options,
  );
  expect(replay.verdict.verdict).toBe("fail");
  expect(replay.failedAfterSeconds).toBeGreaterThan(0);
  expect(replay.failedAfterSeconds).toBeLessThan(10);
  expect(replay.worstPaths["web"]).toEqual([
    { path: "GET /web/", bad: expect.any(Number) as number },
  ]);
});

it("is told when it moved, and where to", () => {
  const requests = traffic(() => false);
  const replay = replayTraffic(requests, { ...options, color: "blue", movedAt: 1300 });
  expect(replay).toMatchObject({ color: "blue", movedAt: 1300, failedAfterSeconds: null });
  expect(replay.verdict.metrics[0]?.baseline).toBeNull();
});

it("knows a release that nothing was before only by the fixed limits", () => {
  const requests = traffic((index) => index % 4 === 0).filter(({ color }) => color === "green");
  expect(replayTraffic(requests, options).failedAfterSeconds).toBeLessThan(3);
});
