import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HostDirectory } from "../../../host/hostDirectory";
import { localHost } from "../../../host/localHost";
import { readRecordedStack } from "../../../host/stacksOnHost";
import type { StatefulPlan } from "../../../rules/stateful/statefulPlan";
import { digestOf } from "../../support/releases";

const directory = mkdtempSync(path.join(tmpdir(), "maestro-recorded-"));

afterAll(() => rmSync(directory, { recursive: true }));

it("tells the images of stateful services, and of those that they are about to run as", async () => {
  const plan = (version: number) =>
    ({ image: `registry.example.com/redis@${digestOf(version)}` }) as StatefulPlan;
  const { stateful } = new HostDirectory(localHost, directory).records;
  await stateful.write("cache", { number: 1, applied: plan(1), volume: "shop-cache" });
  await stateful.write("queue", {
    ...{ number: 2, applied: plan(2), volume: "shop-queue" },
    update: { to: plan(3), volume: "shop-queue-2" },
  });
  const { beside } = await readRecordedStack(localHost, { name: "shop", directory });
  expect(beside).toEqual([1, 2, 3].map(digestOf));
});
