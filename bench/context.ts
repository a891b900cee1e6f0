import { readFileSync } from "node:fs";
import { ensureCompose } from "./composeBinary";
import { COMPOSE, ComposeStack, ROLLOUT, type ComposeOptions } from "./composeStack";
import { EmptyStack } from "./emptyStack";
import type { Rounds } from "./measurement";
import { putToSleep } from "./peers/awake";
import type { Peer } from "./peers/peer";
import { RolloutPeer } from "./peers/rollout";
import { SwarmPeer } from "./peers/swarm";
import { makeReleases, ServiceStack, type Digests } from "./serviceStack";

/**
 * What the parts share: stacks that are made when the first part asks for them, and removed at the end. Other tools sleep
 * until they are measured.
 */
export class Context {
  private releases: Promise<readonly Digests[]> | undefined;
  private services: Promise<ServiceStack> | undefined;
  private empty: Promise<EmptyStack> | undefined;
  private compose: Promise<ComposeStack> | undefined;
  private scaled: Promise<ComposeStack> | undefined;
  private swarm: Promise<SwarmPeer> | undefined;

  constructor(readonly rounds: Rounds) {}

  serviceStack(): Promise<ServiceStack> {
    this.releases ??= makeReleases();
    this.services ??= this.releases.then((releases) => ServiceStack.create(releases));
    return this.services;
  }

  emptyStack(): Promise<EmptyStack> {
    this.empty ??= EmptyStack.create();
    return this.empty;
  }

  composeStack(): Promise<ComposeStack> {
    this.compose ??= this.createCompose(COMPOSE);
    return this.compose;
  }

  /** docker-rollout's method, on a Compose project of its own. */
  async rolloutPeer(): Promise<Peer> {
    this.scaled ??= this.createCompose(ROLLOUT);
    return new RolloutPeer(await this.scaled);
  }

  swarmPeer(): Promise<SwarmPeer> {
    this.swarm ??= this.createSwarm();
    return this.swarm;
  }

  /** Removes whatever was made, and says why where it cannot. */
  async remove(): Promise<void> {
    const made = [this.swarm, this.scaled, this.compose, this.services, this.empty];
    for (const stack of made) {
      try {
        await (await stack)?.remove();
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    }
  }

  private async createSwarm(): Promise<SwarmPeer> {
    const { stack } = await this.serviceStack();
    const { containerSets } = await stack.outputs();
    const config = readFileSync(stack.host.edge.config, "utf8");
    const swarm = await SwarmPeer.create(containerSets.blue!, await this.releases!, config);
    await putToSleep(swarm);
    return swarm;
  }

  private async createCompose(options: ComposeOptions): Promise<ComposeStack> {
    const { stack } = await this.serviceStack();
    const { containerSets, network } = await stack.outputs();
    const edgeConfig = {
      text: readFileSync(stack.host.edge.config, "utf8"),
      subnet: network.subnet,
    };
    const file = await ensureCompose();
    const releases = await this.releases!;
    const record = containerSets.blue!;
    const compose = new ComposeStack(file, record, releases, edgeConfig, options);
    await compose.create();
    await putToSleep(compose);
    return compose;
  }
}
