import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine } from "../../host/engine";
import { ComposeStack } from "../composeStack";
import type { Peer } from "./peer";

const HEALTHY_DEADLINE_MILLISECONDS = 60_000;
const POLL_MILLISECONDS = 100;
/** How long the old container still serves after the new one is healthy, so that nginx finds the new address. */
const DRAIN_MILLISECONDS = 2_000;

/**
 * The method of docker-rollout, on Docker Compose: each service in turn is scaled to twice its containers, the new ones
 * are waited for until healthy, then the old ones are stopped and removed.
 */
export class RolloutPeer implements Peer {
  /** It makes all containers anew, whether or not anything has changed. */
  readonly noOp = null;

  constructor(private readonly compose: ComposeStack) {}

  get url(): string {
    return this.compose.url;
  }

  get label(): string {
    return this.compose.label;
  }

  deploy() {
    return this.release(1);
  }

  rollBack() {
    return this.release(-1);
  }

  private async release(by: 1 | -1) {
    const began = performance.now();
    this.compose.turn(by);
    for (const service of this.compose.services) await this.roll(service);
    return { seconds: (performance.now() - began) / 1000 };
  }

  private async roll(service: string): Promise<void> {
    const engine = connectEngine();
    const before = await this.compose.containers(service);
    const twice = `${service}=${before.length * 2}`;
    await this.compose.run(
      "up",
      "--detach",
      "--no-deps",
      "--no-recreate",
      "--scale",
      twice,
      service,
    );
    const made = (await this.compose.containers(service)).filter((id) => !before.includes(id));
    const deadline = performance.now() + HEALTHY_DEADLINE_MILLISECONDS;
    for (const id of made) {
      while ((await engine.getContainer(id).inspect()).State.Health?.Status !== "healthy") {
        if (performance.now() > deadline) throw new Error(`${service}: ${id} is not healthy`);
        await sleep(POLL_MILLISECONDS);
      }
    }
    await sleep(DRAIN_MILLISECONDS);
    for (const id of before) {
      await engine.getContainer(id).stop();
      await engine.getContainer(id).remove({ v: true });
    }
  }
}
