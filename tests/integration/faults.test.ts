import { existsSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../config/project";
import { FAULTS, FAULTS_ELSEWHERE } from "../faults/catalogue";
import { runFault } from "../faults/run";
import { FaultWorld } from "../faults/world";

jest.setTimeout(600_000);

let world: FaultWorld;

beforeAll(async () => {
  world = await FaultWorld.create("itest-harm");
});

afterAll(() => world.remove());

describe("users notice nothing and the next update converges, when", () => {
  it.each(
    FAULTS.filter(({ always }) => always).map((fault) => [fault.id, fault.title, fault] as const),
  )("%s: %s", async (_id, _title, fault) => {
    const { passed, outcome } = await runFault(world, fault);
    expect({ passed, outcome }).toEqual({ passed: true, outcome });
  });
});

test("every fault of the list is made, or says where it is or why it is not", () => {
  const ids = new Set([...FAULTS, ...FAULTS_ELSEWHERE].map(({ id }) => id));
  const all = Array.from({ length: 45 }, (_, index) => `F${index + 1}`);
  expect(all.filter((id) => !ids.has(id))).toEqual([]);
  const named = FAULTS_ELSEWHERE.flatMap(({ where }) => where.match(/tests\/[\w./]+\.ts/g) ?? []);
  expect(named.filter((file) => !existsSync(path.join(packageRoot(), file)))).toEqual([]);
});
