import { LABELS } from "../rules/host/containerLabels";
import { deriveRelease } from "../tests/support/derivedImages";
import { builtImages, TestStack, type RunResult } from "../tests/support/testStack";
import { packageRoot } from "../config/project";
import type { Peer } from "./peers/peer";
import { timedRun } from "./timedRun";

export type Digests = Readonly<Record<string, string>>;

/** Three releases of the same services. Going round them, the next one is never warm. */
export async function makeReleases(): Promise<readonly Digests[]> {
  const { release } = builtImages();
  const versions = ["bench-1", "bench-2", "bench-3"];
  const releases: Digests[] = [];
  for (const version of versions) releases.push(await deriveRelease(release, version));
  return releases;
}

/**
 * A stack like `development`: the five example services behind the edge, both sets in place. It remembers which release
 * serves and which one is warm.
 */
export class ServiceStack {
  private active: Digests;
  private warm: Digests;
  private cold: Digests;

  private constructor(
    readonly stack: TestStack,
    releases: readonly Digests[],
  ) {
    [this.cold, this.warm, this.active] = releases as [Digests, Digests, Digests];
  }

  static async create(releases: readonly Digests[]): Promise<ServiceStack> {
    const stack = new TestStack("bench");
    const created = new ServiceStack(stack, releases);
    await stack.create({ release: created.warm });
    await created.update(created.warm);
    await created.update(created.active);
    return created;
  }

  get services(): readonly string[] {
    return Object.keys(this.active);
  }

  /** An update with nothing to do. */
  async noOp(): Promise<RunResult> {
    const result = await this.update(this.active);
    requireText(result, "nothing to do");
    return result;
  }

  /** Back to the release that waits on the idle set, by plain `pulumi up`. */
  async rollBack(): Promise<RunResult> {
    [this.active, this.warm] = [this.warm, this.active];
    const result = await this.update(this.active);
    requireText(result, "only the traffic moves");
    return result;
  }

  /** The same by the operation, as operators do; answers its seconds. */
  async rollBackByOperation(): Promise<number> {
    const { seconds } = await timedRun(
      "npm",
      ["run", "--silent", "rollback", "--", "--stack", this.stack.name],
      { cwd: packageRoot(), env: this.stack.environment },
    );
    [this.active, this.warm] = [this.warm, this.active];
    return seconds;
  }

  /** A release that is on neither set: all its containers are made anew. */
  async deploy(): Promise<RunResult> {
    [this.active, this.warm, this.cold] = [this.cold, this.active, this.warm];
    const result = await this.update(this.active);
    requireText(result, "once it is proven");
    return result;
  }

  /** As the other tools are driven; the way back is by `pulumi up`. */
  asPeer(): Peer {
    return {
      url: this.stack.url,
      label: `${LABELS.stack}=${this.stack.prefix}`,
      deploy: () => this.deploy(),
      rollBack: () => this.rollBack(),
      noOp: () => this.noOp(),
    };
  }

  remove(): Promise<void> {
    return this.stack.remove();
  }

  private async update(release: Digests): Promise<RunResult> {
    this.stack.configure({ release });
    const result = await this.stack.up();
    if (result.exitCode !== 0) throw new Error(`pulumi up failed:\n${result.output}`);
    return result;
  }
}

/** The time of an update that did something else would mean nothing. */
function requireText({ output }: RunResult, text: string): void {
  if (!output.includes(text)) throw new Error(`expected "${text}" of this update:\n${output}`);
}
