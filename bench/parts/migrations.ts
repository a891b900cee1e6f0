import { derive, MigrationStack } from "../../tests/support/migrationStack";
import { longHistory } from "../../tests/support/migrationVersions";
import { succeed } from "../../tests/support/testStack";
import { packageRoot } from "../../config/project";
import type { Context } from "../context";
import { measure, type Measurement, type Unit } from "../measurement";
import { timedRun } from "../timedRun";

const REVISIONS = 1_000;
const SERVICES = 20;
/** Twenty services that start at once are no haste. */
const PATIENCE_SECONDS = 300;

type Name = "status of one" | "status of many" | "one" | "batch";

/** What a long history costs, and migrations of many databases at once. */
export async function migrations({ rounds }: Context): Promise<Measurement[]> {
  const stack = new MigrationStack("bench-migrate");
  const short = await derive("first");
  const long = await derive(`long-${REVISIONS}`, longHistory(REVISIONS - 1));
  const names = Array.from({ length: SERVICES }, (_, index) => `service-${index + 1}`);
  const [withShort = "", withLong = ""] = names;
  const release = Object.fromEntries(names.map((name) => [name, short]));
  const run = async (...args: string[]) => {
    const command = ["bin/maestro.js", "migrate", ...args, "--stack", stack.name];
    const options = { cwd: packageRoot(), env: stack.environment };
    return (await timedRun("node", command, options)).seconds;
  };
  try {
    await stack.begin();
    stack.use(release, {}, PATIENCE_SECONDS);
    await stack.migrate("secrets");
    stack.use({ ...release, [withLong]: long }, {}, PATIENCE_SECONDS);
    await succeed(stack.up());
    const samples = await measure<Name>(rounds, async (round) => {
      round.add("status of one", await run("status", "--service", withShort));
      round.add("status of many", await run("status", "--service", withLong));
      round.add("one", await run("up", "--service", withShort));
      round.add("batch", await run("batch"));
    });
    const difference = samples
      .of("status of many")
      .map((seconds, index) => seconds - (samples.of("status of one")[index] ?? NaN));
    const one = (name: string, unit: Unit, values: readonly number[]): Measurement => ({
      name,
      unit,
      samples: values,
      summary: "median",
    });
    return [
      one("`migrate status`, one revision", "s", samples.of("status of one")),
      one("`migrate status`, 1,000 revisions", "s", samples.of("status of many")),
      { ...one("1,000 revisions more than one", "s", difference), atMost: 2 },
      one("`migrate up`, one service with nothing to do", "s", samples.of("one")),
      one("`migrate batch`, twenty services", "s", samples.of("batch")),
      one("batch of twenty / one", "x", samples.ratios("batch", "one")),
    ];
  } finally {
    await stack.end();
  }
}
