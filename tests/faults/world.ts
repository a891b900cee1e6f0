import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { connectEngine } from "../../host/engine";
import { COLORS, otherColor, type Color } from "../../release/release";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { deriveRelease } from "../support/derivedImages";
import { OwnEngine, type OwnEngineOptions } from "../support/ownEngine";
import type { StackName } from "../support/stackIndices";
import { builtImages, TestStack, type RunResult } from "../support/testStack";

export type Digests = Readonly<Record<string, string>>;

export const SERVICES = ["maestro-gateway", "quality-fabric"] as const;
/** The service that faults happen to. */
export const VICTIM = "quality-fabric";
/** Requests per second of the load that runs throughout, so that a loss can be told in seconds. */
export const LOAD_PER_SECOND = 200;
const SERVED_DEADLINE_SECONDS = 30;

/** A stack with two services under load, to do harm to. */
export class FaultWorld {
  readonly engine: Docker = connectEngine();
  /** Serves before and after each fault. */
  good: Digests = {};
  /** Another one, as good. */
  next: Digests = {};

  private count = 0;

  private constructor(
    readonly stack: TestStack,
    /** The engine it runs on, where a fault harms that too; null: the machine's own. */
    readonly ownEngine: OwnEngine | null,
  ) {}

  static async create(
    name: StackName,
    engine?: Omit<OwnEngineOptions, "subnet">,
  ): Promise<FaultWorld> {
    const stack = new TestStack(name);
    const own = engine ? await OwnEngine.start({ ...engine, subnet: stack.subnet }) : null;
    // For everything that speaks with an engine from now on: the program, the tests, the docker client.
    if (own) process.env["DOCKER_HOST"] = own.address;
    const world = new FaultWorld(stack, own);
    const { release } = builtImages();
    world.good = Object.fromEntries(SERVICES.map((service) => [service, release[service]!]));
    await world.renew();
    await world.stack.create({ release: world.good });
    await world.release(world.next);
    await world.release(world.good);
    return world;
  }

  /** Another next release: one that a fault has rejected would be refused for that. */
  async renew(): Promise<void> {
    this.count += 1;
    this.next = await deriveRelease(this.good, `harm-${this.count}`);
  }

  async remove(): Promise<void> {
    try {
      await this.stack.remove();
    } finally {
      delete process.env["DOCKER_HOST"];
      await this.ownEngine?.remove();
    }
  }

  /** Waits until somebody answers users again. @returns after how many seconds. */
  async untilServed(): Promise<number> {
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    while (!(await this.serving().then(Boolean, () => false))) {
      assert.ok(seconds() < SERVED_DEADLINE_SECONDS, "nobody answers users");
      await sleep(100);
    }
    return seconds();
  }

  /** Changes of the victim's settings and of the stack's keys, for one release. */
  configure(release: Digests, victim: object = {}, stack: Record<string, unknown> = {}): void {
    const others = Object.keys(builtImages().release).filter((name) => !(name in release));
    const services = {
      ...Object.fromEntries(others.map((name) => [name, { enabled: false }])),
      [VICTIM]: victim,
    };
    this.stack.configure({ ...stack, release, services });
  }

  /** `pulumi up` to a release; whether it may fail is up to the fault. */
  up(release: Digests, victim: object = {}, stack: Record<string, unknown> = {}) {
    this.configure(release, victim, stack);
    return this.stack.up();
  }

  /** An update that must succeed. */
  async release(release: Digests, victim: object = {}, stack: Record<string, unknown> = {}) {
    const result = await this.up(release, victim, stack);
    assert.equal(result.exitCode, 0, result.output);
  }

  /** An update that must fail with these words, and must leave what serves as it was. */
  async refuse(update: () => Promise<RunResult>, words: RegExp): Promise<RunResult> {
    const before = await this.serving();
    const containers = await this.stack.containers(before.set);
    const result = await update();
    assert.notEqual(result.exitCode, 0, `succeeded, but must not:\n${result.output}`);
    assert.match(result.output, words);
    assert.deepEqual(await this.serving(), before, "what serves has changed");
    assert.deepEqual(
      await this.stack.containers(before.set),
      containers,
      "what serves was touched",
    );
    return result;
  }

  /** The set that answers users, and the victim's digest. */
  async serving(): Promise<{ set: Color; digest: string }> {
    const answer = await fetch(`${this.stack.url}/${VICTIM}/version`);
    const { digest } = (await answer.json()) as { digest: string };
    return { set: answer.headers.get("x-maestro-set") as Color, digest };
  }

  async idle(): Promise<Color> {
    return otherColor((await this.serving()).set);
  }

  container(color: Color, service: string = VICTIM): Docker.Container {
    return this.engine.getContainer(`${this.stack.prefix}-${color}-${service}-0`);
  }

  get edge(): Docker.Container {
    return this.engine.getContainer(`${this.stack.prefix}-edge`);
  }

  startLoad(): OpenLoopLoad {
    return new OpenLoopLoad({
      baseUrl: this.stack.url,
      getPaths: SERVICES.map((service) => `/${service}/version`),
      postPaths: SERVICES.map((service) => `/${service}/echo`),
      requestsPerSecond: LOAD_PER_SECOND,
      connections: 20,
    });
  }

  /** The traffic's next move, from now on. */
  async nextMove(): Promise<void> {
    const before = (await this.stack.host.records.readSwitch())?.number ?? 0;
    const deadline = Date.now() + 60_000;
    while (((await this.stack.host.records.readSwitch())?.number ?? 0) === before) {
      assert.ok(Date.now() < deadline, "the traffic was not moved within a minute");
      await sleep(20);
    }
  }

  /** I3, I4, I6: the next update needs no hand, then there is nothing left to do, and nothing is left over. */
  async converge(): Promise<void> {
    await this.release(this.good);
    const again = await this.stack.up("--expect-no-changes");
    assert.equal(again.exitCode, 0, again.output);
    const { pendingOperations, resources } = await this.stack.exported();
    assert.equal(pendingOperations.length, 0);
    assert.equal(this.locks().join(), "", "a lock is left");
    const inState = resources.filter(({ type }) => type === "docker:index/container:Container");
    const onHost = [...(await this.stack.containers()).values()];
    assert.deepEqual(onHost.map(({ id }) => id).sort(), inState.map(({ id }) => id).sort());
    const held = await Promise.all(
      COLORS.map(async (color) => (await this.stack.host.records.readPlacement(color))?.proven),
    );
    assert.equal(onHost.length, held.filter(Boolean).length * SERVICES.length + 1);
    assert.equal((await this.serving()).digest, this.good[VICTIM]);
  }

  locks(): string[] {
    const directory = path.join(this.stateDirectory, "locks/organization/maestro", this.stack.name);
    if (!existsSync(directory)) return [];
    return readdirSync(directory).filter((file) => file.endsWith(".json"));
  }

  /** Pulumi's own files of this stack. */
  get stateDirectory(): string {
    const backend = this.stack.environment["PULUMI_BACKEND_URL"]!.replace("file://", "");
    return path.join(backend, ".pulumi");
  }

  get stateFile(): string {
    return path.join(this.stateDirectory, "stacks/maestro", `${this.stack.name}.json`);
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
