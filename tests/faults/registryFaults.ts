import assert from "node:assert/strict";
import execa from "execa";
import { BadLine, type Trouble } from "../support/badLine";
import type { Fault } from "./fault";
import { VICTIM, type Digests, type FaultWorld } from "./world";

const REGISTRY_PORT = 5000;
const LAYER_BYTES = 30_000_000;
const REPOSITORY = `localhost:${REGISTRY_PORT}/maestro/${VICTIM}`;

/** The next release with an image of whose layers one is on no engine yet, only in the registry. */
async function withNewLayer({ next }: FaultWorld): Promise<Digests> {
  const tag = `${REPOSITORY}:test-new-layer`;
  const layer = `head -c ${LAYER_BYTES} /dev/urandom > /layer`;
  const base = `${REPOSITORY}@${next[VICTIM]}`;
  await execa("docker", ["build", "--quiet", "--no-cache", "--tag", tag, "-"], {
    input: `FROM ${base}\nUSER root\nRUN ${layer}\nUSER 10001:10001\n`,
    env: { DOCKER_BUILDKIT: "0" },
  });
  const { stdout } = await execa("docker", ["push", tag]);
  const [, digest = ""] = /digest: (sha256:[0-9a-f]{64})/.exec(stdout) ?? [];
  // Takes the digest along, and the layer: no image is left that has it.
  await execa("docker", ["rmi", tag]);
  return { ...next, [VICTIM]: digest };
}

/** An update while the line to the registry is in trouble is refused; once it is well, the same update goes through. */
async function overBadLine(world: FaultWorld, trouble: Trouble, words: RegExp): Promise<string> {
  const line = await BadLine.to(REGISTRY_PORT);
  try {
    const release = await withNewLayer(world);
    const victim = { repository: `localhost:${line.port}/maestro/${VICTIM}` };
    line.trouble = trouble;
    const { seconds } = await world.refuse(() => world.up(release, victim), words);
    line.trouble = null;
    await world.release(release, victim);
    assert.equal((await world.serving()).digest, release[VICTIM]);
    return `refused after ${seconds.toFixed(0)} s; once the line is well the same update goes through`;
  } finally {
    await line.close();
  }
}

/** What happens between the Docker host and the registry. */
export const REGISTRY_FAULTS: readonly Fault[] = [
  {
    id: "F12",
    title: "the registry's line is cut in the middle of a layer, each time",
    phase: "deploy",
    run: (world) =>
      overBadLine(
        world,
        { kind: "cut", afterBytes: 1_000_000 },
        /quality-fabric@.* cannot be pulled/,
      ),
  },
  {
    id: "F12",
    title: "the registry falls silent in the middle of a layer",
    phase: "deploy",
    run: (world) =>
      overBadLine(
        world,
        { kind: "silence", afterBytes: 1_000_000 },
        /nothing has come from the registry for 60 s/,
      ),
  },
];
