import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { StackStatus } from "../../operations/shared/stackStatus";
import { deriveRelease } from "../support/derivedImages";
import { MigrationStack, SERVICE } from "../support/migrationStack";
import { copyProject } from "../support/projectCopy";
import { builtImages, succeed } from "../support/testStack";

jest.setTimeout(300_000);

const project = copyProject("shop", {
  stackConfigDir: "stacks",
  config: { "maestro:rollout": { value: { drainSeconds: 1, bakeSeconds: 0 } } },
});
const stack = new MigrationStack("itest-project", project);
const digests: { first: string; second: string } = { first: "", second: "" };

beforeAll(async () => {
  mkdirSync(path.join(project.root, "stacks"));
  digests.first = builtImages().release[SERVICE]!;
  const derived = await deriveRelease({ [SERVICE]: digests.first }, "project");
  digests.second = derived[SERVICE]!;
  await stack.begin();
});

afterAll(async () => {
  await stack.end();
  rmSync(project.root, { recursive: true, force: true });
});

const serving = async () => (await stack.outputs()).release.digests[SERVICE];
const stateFile = () =>
  path.join(
    (stack.environment["PULUMI_BACKEND_URL"] ?? "").replace("file://", ""),
    `.pulumi/stacks/${project.name}/${stack.name}.json`,
  );

describe("a project of another name", () => {
  it("releases a service with a secret and a database under that name", async () => {
    const output = await stack.release(digests.first);
    expect(output).toContain(`${SERVICE}: migrated from nothing`);
    expect(output).toContain("1 secrets of 1 services delivered to blue");
    expect([...(await stack.containers()).keys()]).toEqual([
      `shop-${stack.name}-blue-${SERVICE}-0`,
      `shop-${stack.name}-edge`,
      `shop-${stack.name}-postgres`,
    ]);
    await stack.post(stack.url, "by the first");
  });

  it("is what status, secrets and migrate look at", async () => {
    const status = await succeed(stack.operation("status", "--json"));
    expect(JSON.parse(status)).toMatchObject({ healthy: true, problems: [] });
    const { sets } = JSON.parse(status) as StackStatus;
    expect(sets[0]!.containers).toHaveLength(1);
    const [migrated] =
      await stack.migrate<{ service: string; present: string[]; pending: string[] }[]>("status");
    expect(migrated).toMatchObject({ service: SERVICE, present: [expect.any(String)] });
    const [backup] = await stack.migrate<{ file: string }[]>("backup");
    expect(readFileSync(backup!.file).length).toBeGreaterThan(100);
    const list = await succeed(stack.secrets(["list", "--json"]));
    expect(list).toContain("DATABASE_URL");
    expect(await succeed(stack.secrets(["deliver"]))).toContain("blue");
  });

  it("is unlocked after a kill, and its lost state is put back", async () => {
    stack.use({ [SERVICE]: digests.second });
    await stack.upKilledAt(/green-claim/);
    const unlocked = await succeed(stack.operation("unlock"));
    expect(unlocked).toMatch(/removed the lock of \S+/);
    rmSync(stateFile());
    expect(await succeed(stack.operation("unlock"))).toContain(`${stack.name}.json: was lost`);
    await succeed(stack.up());
    expect(await serving()).toBe(digests.second);
  });

  it("rolls back, with the settings that its Pulumi.yaml has for every stack", async () => {
    expect(await succeed(stack.operation("rollback"))).toContain("only the traffic moves");
    expect(await serving()).toBe(digests.first);
    expect(await stack.jobs(stack.url)).toEqual(["by the first"]);
    const { resources } = await stack.exported();
    const inputs = resources.find(({ urn }) => urn.endsWith("::release-switch"))?.inputs;
    expect(JSON.parse(inputs?.["stdin"] as string)).toMatchObject({ drainSeconds: 1 });
  });

  it("names a key that has the project's namespace, where nothing reads it", async () => {
    const file = path.join(project.root, "stacks", `Pulumi.${stack.name}.yaml`);
    const before = readFileSync(file, "utf8");
    await succeed(stack.pulumi(["config", "set", "allowRejected", "x", "--stack", stack.name]));
    const words = "shop:allowRejected: is not read";
    expect((await stack.preview()).output).toContain(words);
    expect((await stack.operation("status")).output).toContain(words);
    writeFileSync(file, before);
  });

  it("is destroyed with everything that bears its name", async () => {
    await succeed(stack.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack.name]));
    await succeed(stack.destroy());
    expect([...(await stack.containers()).keys()]).toEqual([]);
  });
});
