import execa from "execa";
import { connectEngine, containerState } from "../../host/engine";
import { derive, MigrationStack, SERVICE } from "../support/migrationStack";
import { disturbable } from "../support/migrationVersions";
import { blocksUnder } from "../support/markdown";
import { killTree } from "../support/processTree";
import { finish } from "../support/runResult";
import { succeed, type RunResult } from "../support/testStack";
import { matchOutput, readSteps, translate } from "../support/transcript";

jest.setTimeout(600_000);

const stack = new MigrationStack("itest-migfault");
const engine = connectEngine();
let disturbed = "";

const migrator = () => engine.getContainer(stack.migrator);
const state = () => containerState(engine, stack.migrator);

beforeAll(async () => {
  disturbed = await derive("disturbed", disturbable());
  await stack.begin();
  await stack.release(await derive("expanded"));
  await stack.post(stack.url, "before");
});

afterAll(() => stack.end());

/** What holds after each failure: the release before serves, untouched, on its schema. */
async function expectUntouched(before: Map<string, unknown>): Promise<void> {
  expect(await stack.jobs(stack.url)).toEqual(["before"]);
  const after = await stack.containers("blue");
  expect([...after]).toEqual([...before]);
  expect((await stack.containers("green")).size).toBe(0);
}

/** The runbook shows what was seen, and what its commands say of it. */
async function expectAsInRunbook(output: string): Promise<void> {
  const [seen, asked] = blocksUnder("docs/runbook.md", "A failed migration");
  const ours: [string, string][] = [
    [stack.migrator, "shop-demo-migrate-orders"],
    [stack.prefix, "shop-demo"],
    [stack.name, "demo"],
    [SERVICE, "orders"],
    ["node bin/maestro.js", "node node_modules/maestro/bin/maestro.js"],
  ];
  const theirs = new Map([...ours.map(([its, guides]) => [guides, its] as const)]);
  theirs.set("npx maestro", "node bin/maestro.js");
  const expectShown = (shown: readonly string[], real: string) => {
    const lines = translate(real, new Map(ours)).trimEnd().split("\n");
    expect([matchOutput(shown, lines, new Map()), real]).toEqual([expect.any(Map), real]);
  };
  expectShown(["…", ...seen!.text.trimEnd().split("\n"), "…"], output);
  const options = { cwd: stack.project.root, env: { ...stack.environment, NO_COLOR: "1" } };
  for (const step of readSteps(asked!.text)) {
    const script = `unset FORCE_COLOR; ${translate(step.command, theirs)}`;
    const started = execa("bash", ["-c", script], { ...options, extendEnv: false, all: true });
    expectShown(step.output, await succeed(finish(started)));
  }
}

/** An update of the disturbable release, and what is done to it once its fourth statement runs. */
async function releaseAnd(disturb: () => Promise<unknown>): Promise<RunResult> {
  stack.use({ [SERVICE]: disturbed });
  const ended = stack.up();
  await stack.untilAsleep();
  await disturb();
  return ended;
}

describe("a migration", () => {
  it("that fails at its third of five statements leaves nothing, switches nothing, and is kept for a look", async () => {
    await stack.disturb(0, false);
    const before = await stack.containers("blue");
    const { exitCode, output } = await stack.deploy(disturbed);
    expect(exitCode).not.toBe(0);
    expect(output).toContain("division by zero");
    expect(output).toContain(`the last lines of container ${stack.migrator}, which is kept`);
    expect(await state()).toBe("exited");
    expect(await stack.revision()).toBe("0002");
    expect(await stack.sql("SELECT to_regclass('notes') IS NULL")).toBe("t");
    await expectUntouched(before);
    await expectAsInRunbook(output);
  });

  it("that is killed frees its lock at once, although its statement would go on", async () => {
    await stack.disturb(1, true);
    const before = await stack.containers("blue");
    const { exitCode, output } = await releaseAnd(() => migrator().kill({ signal: "SIGKILL" }));
    expect(exitCode).not.toBe(0);
    expect(output).toContain("its migration ended with exit code 137");
    expect(await stack.revision()).toBe("0002");
    await expectUntouched(before);
    await stack.untilNobodySleeps();
  });

  it("that somebody else's lock keeps from starting fails in bounded time, and names the holder", async () => {
    const release = await stack.holdLock("night-job");
    try {
      const { exitCode, output } = await stack.deploy(disturbed);
      expect(exitCode).not.toBe(0);
      expect(output).toMatch(/"automation_service": is being migrated by night-job \(process \d+/);
    } finally {
      await release();
    }
  });

  it("whose database restarts fails, and its next run starts anew", async () => {
    await stack.disturb(1, true);
    const before = await stack.containers("blue");
    const { exitCode, output } = await releaseAnd(() =>
      engine.getContainer(stack.database).restart(),
    );
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(/terminating connection|server closed the connection/);
    await stack.untilReady();
    await expectUntouched(before);
    expect(await stack.revision()).toBe("0002");
  });

  it("says which command starts a database that is stopped", async () => {
    await engine.getContainer(stack.database).stop();
    const { exitCode, output } = await stack.deploy(disturbed, { timeoutSeconds: 601 });
    await engine.getContainer(stack.database).start();
    expect(exitCode).not.toBe(0);
    expect(output).toContain(`is stopped; start it with \`docker start ${stack.database}\``);
  });

  it("is refused where the database has moved since it was planned", async () => {
    await stack.untilReady();
    await stack.disturb(1, false);
    stack.use({ [SERVICE]: disturbed });
    await stack.migrate("plan");
    expect(await stack.migrate("down", "--service", SERVICE)).toMatchObject([{ after: ["0001"] }]);
    const { exitCode, output } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(
      /database was at revision 0002 when it was planned at \S+, and is now at 0001; look at it again with/,
    );
    await stack.migrate("up");
    expect(await stack.revision()).toBe("0002");
  });

  it("goes on when its deployer is killed: the next update waits for it, and a second deployer is turned away", async () => {
    await stack.disturb(1, true);
    stack.use({ [SERVICE]: disturbed });
    await stack.upDisturbedAt(/migration-run (creating|updating)/, async (pid) => {
      await stack.untilAsleep();
      killTree(pid);
    });
    const migration = engine.getContainer((await migrator().inspect()).Id).wait();
    expect((await stack.operation("unlock")).exitCode).toBe(0);
    let second: RunResult | undefined;
    const { exitCode, output } = await stack.upDisturbedAt(
      /migration-run (creating|updating)/,
      async () => {
        second = await stack.up();
        await stack.disturb(1, false);
      },
    );
    expect(second?.output).toMatch(/locked/);
    expect(second?.exitCode).not.toBe(0);
    expect(output).toMatch(/migrated from 0002 to 0009|at revision 0009, nothing to migrate/);
    expect(exitCode).toBe(0);
    expect(await migration).toMatchObject({ StatusCode: 0 });
    expect(await stack.sql("SELECT count(*) FROM notes")).toBe("3");
    expect(await stack.jobs(stack.url)).toEqual(["before"]);
    expect(await state()).toBeNull();
  });
});
