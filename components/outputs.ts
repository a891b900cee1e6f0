import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { appendHistory } from "../release/history";
import { imageReference } from "../release/operationInput";
import type { Release } from "../release/release";
import type { RolloutPlan } from "../release/rolloutPlan";
import { releaseOutput, type StackOutputs } from "../release/stackOutputs";
import type { BlueGreenRelease } from "./blueGreenRelease";
import { changeOrigin } from "./changeOrigin";
import type { ImageRegistry } from "./imageRegistry";
import type { NginxUpstream } from "./nginxUpstream";

export interface StackOutputsArgs {
  readonly settings: Settings;
  readonly prefix: string;
  readonly previous: Partial<StackOutputs>;
  readonly plan: RolloutPlan;
  readonly desired: Release;
  readonly registry: ImageRegistry;
  readonly edge: NginxUpstream;
  readonly release: BlueGreenRelease;
}

/** The stack's outputs. None is known before the switch is done, so a failed update can leave none of them behind. */
export function stackOutputs(
  args: StackOutputsArgs,
): Record<keyof StackOutputs, pulumi.Output<unknown>> {
  const { settings, prefix, previous, plan, desired, registry, edge, release } = args;
  const isMove = plan.action !== "none";
  const done = <T>(value: T) => release.activeColor.apply(() => value);
  const services = edge.url.apply((url) =>
    Object.fromEntries(
      Object.entries(desired.services).map(([name, service]) => [
        name,
        {
          url: serviceUrl(url, service.route),
          image: imageReference(service),
          replicas: service.replicas,
        },
      ]),
    ),
  );
  return {
    url: edge.url,
    previewUrl: edge.previewUrl,
    activeColor: release.activeColor,
    release: done(releaseOutput(desired)),
    previousRelease: done((isMove ? previous.release : previous.previousRelease) ?? null),
    history: done(appendHistory(previous.history ?? [], plan, desired, changeOrigin)),
    services: pulumi.all([services, release.activeColor]).apply(([value]) => value),
    registry: pulumi.output({ address: registry.address, repositories: registry.repositories }),
    containerSets: done({
      blue: plan.sets.blue?.record ?? null,
      green: plan.sets.green?.record ?? null,
    }),
    network: done({ name: prefix, subnet: settings.subnet }),
  };
}

function serviceUrl(edgeUrl: string, route: { host: string | null; path: string }): string {
  const url = new URL(route.path, edgeUrl);
  if (route.host) url.hostname = route.host;
  return url.toString();
}
