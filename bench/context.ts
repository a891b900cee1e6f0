import { readFileSync } from "node:fs";
import { ensureCompose } from "./composeBinary";
import { ComposeStack } from "./composeStack";
import { EmptyStack } from "./emptyStack";
import type { Rounds } from "./measurement";
import { makeReleases, ServiceStack, type Digests } from "./serviceStack";

/** What the parts share: stacks that are made when the first part asks for them, and removed at the end. */
export class Context {
  private releases: Promise<readonly Digests[]> | undefined;
  private services: Promise<ServiceStack> | undefined;
  private empty: Promise<EmptyStack> | undefined;
  private compose: Promise<ComposeStack> | undefined;

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
    this.compose ??= this.createCompose();
    return this.compose;
  }

  /** Removes whatever was made, and says why where it cannot. */
  async remove(): Promise<void> {
    const made = [this.services, this.empty, this.compose];
    for (const stack of made) {
      try {
        await (await stack)?.remove();
      } catch (error) {
        console.error(error instanceof Error ? error.message : error);
      }
    }
  }

  private async createCompose(): Promise<ComposeStack> {
    const { stack } = await this.serviceStack();
    const { containerSets, network } = await stack.outputs();
    const edgeConfig = { text: readFileSync(stack.host.config, "utf8"), subnet: network.subnet };
    const file = await ensureCompose();
    const compose = new ComposeStack(file, containerSets.blue!, await this.releases!, edgeConfig);
    await compose.create();
    return compose;
  }
}
