import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { LABELS } from "../../rules/host/containerLabels";
import { SECRETS_DIRECTORY, succeed, TestStack } from "../support/testStack";
import type { Fault } from "./fault";
import { stepsOf } from "./killFaults";
import { VICTIM, type FaultWorld } from "./world";

const SECRET = "SIGNING_KEY";

async function createStack({ good }: FaultWorld): Promise<TestStack> {
  const stack = new TestStack("itest-harm-first");
  await stack.create({});
  const services = { [VICTIM]: { secrets: [SECRET] } };
  const servicesFile = stack.writeServices(services);
  stack.configure({ release: { [VICTIM]: good[VICTIM]! }, servicesFile });
  await succeed(stack.secrets(["set", "--service", VICTIM, SECRET], "a-signing-key"));
  return stack;
}

async function destroy(engine: Docker, stack: TestStack): Promise<void> {
  await succeed(stack.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack.name]));
  await succeed(stack.destroy());
  const filters = { label: [`${LABELS.stack}=${stack.prefix}`] };
  const containers = await engine.listContainers({ all: true, filters });
  assert.equal(containers.flatMap(({ Names }) => Names).join(), "", "containers are left");
  assert.deepEqual(await engine.listNetworks({ filters }), [], "a network is left");
  assert.ok(!existsSync(path.join(SECRETS_DIRECTORY, stack.prefix)), "secrets are left");
}

/** One of the two things that people do after a deployer has died: go on, or give up. */
async function killAt(
  engine: Docker,
  stack: TestStack,
  step: RegExp,
  goesOn: boolean,
): Promise<void> {
  await stack.upKilledAt(step);
  await succeed(stack.operation("unlock"));
  if (goesOn) {
    await succeed(stack.up());
    await succeed(stack.up("--expect-no-changes"));
    const answer = await fetch(`${stack.url}/${VICTIM}/version`);
    assert.equal(answer.status, 200);
  }
  await destroy(engine, stack);
}

/** A stack's first release, where nothing serves yet and nothing is in the state. */
export const FIRST_DEPLOY_FAULTS: readonly Fault[] = [
  {
    id: "F22",
    title:
      "the deployer of a first release is killed at every step, and somebody goes on or gives up",
    phase: "first deploy",
    run: async (world) => {
      const stack = await createStack(world);
      try {
        const steps = stepsOf(await succeed(stack.up()));
        await destroy(world.engine, stack);
        for (const [name, step] of steps) {
          for (const goesOn of [true, false]) {
            await killAt(world.engine, stack, step, goesOn).catch((error: unknown) => {
              const then = goesOn ? "an update" : "a destroy";
              throw new Error(`killed at "${name}", then ${then}: ${(error as Error).message}`);
            });
          }
        }
        return `killed at ${steps.size} steps; after \`npm run unlock\` an update converges, a destroy leaves nothing`;
      } finally {
        await stack.remove();
      }
    },
  },
];
