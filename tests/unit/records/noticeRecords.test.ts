import { StackRecords } from "../../../records/stackRecords";
import { MemoryRecords } from "../../support/memoryRecords";

const records = new StackRecords(new MemoryRecords());

it("the channels' records let one program tell at a time, and one that has died keep nobody out", async () => {
  expect(await records.notices.lock("a")).toBe(true);
  expect(await records.notices.lock("b")).toBe(false);
  // Who has it renews it, and nobody else gives it back.
  expect(await records.notices.lock("a")).toBe(true);
  await records.notices.unlock("b");
  expect(await records.notices.lock("b")).toBe(false);
  const real = Date.now;
  jest.spyOn(Date, "now").mockImplementation(() => real() + 600_000);
  const taken = await Promise.all(["c", "d"].map((by) => records.notices.lock(by)));
  expect(taken.filter(Boolean)).toHaveLength(1);
  jest.restoreAllMocks();
});
