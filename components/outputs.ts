import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { appendHistory } from "../release/history";
import { imageReference } from "../release/operationInput";
import type { Release } from "../release/release";
import type { RolloutPlan } from "../release/rolloutPlan";
import type { PromotionEvidence } from "../release/promotion";
import { releaseOutput, type IdentityOutput, type StackOutputs } from "../release/stackOutputs";
import type { BlueGreenRelease } from "./blueGreenRelease";
import { changeOrigin } from "./changeOrigin";
import type { ImageRegistry } from "./imageRegistry";
import type { PythonPackages } from "./pythonPackages";
import type { NginxUpstream } from "./nginxUpstream";

export interface StackOutputsArgs {
  readonly settings: Settings;
  readonly prefix: string;
  /** The last outputs; not needed before the very end. */
  readonly previous: Promise<Partial<StackOutputs>>;
  readonly plan: RolloutPlan;
  readonly desired: Release;
  readonly promotion: PromotionEvidence | null;
  readonly registry: ImageRegistry;
  readonly identity: pulumi.Output<IdentityOutput | null>;
  readonly packages: PythonPackages | null;
  readonly edge: NginxUpstream;
  readonly release: BlueGreenRelease;
}

/** The stack's outputs. None is known before the switch is done, so a failed update can leave none of them behind. */
export function stackOutputs(
  args: StackOutputsArgs,
): Record<keyof StackOutputs, pulumi.Output<unknown>> {
  const { settings, promotion, prefix, plan, desired, registry, packages, edge, release } = args;
  const previous = pulumi.output(args.previous);
  const done = <T>(value: pulumi.Input<T>) =>
    pulumi.all([value, release.activeColor]).apply(([known]) => known);
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
    previousRelease: done(
      previous.apply(
        (last) => (last.release?.id === desired.id ? last.previousRelease : last.release) ?? null,
      ),
    ),
    history: done(
      previous.apply((last) =>
        appendHistory(last, desired, plan.activeColor, originOfUpdate, {
          promotion,
          pinReason: settings.pinReason,
        }),
      ),
    ),
    services: done(services),
    registry: pulumi.output({ address: registry.address, repositories: registry.repositories }),
    packages: pulumi.output(
      packages && {
        indexUrl: packages.indexUrl,
        versions: packages.versions,
        sha256: packages.sha256,
      },
    ),
    identity: args.identity,
    containerSets: done({
      blue: plan.sets.blue?.record ?? null,
      green: plan.sets.green?.record ?? null,
    }),
    network: done({ name: prefix, subnet: settings.subnet }),
  };
}

function originOfUpdate() {
  return changeOrigin((text) => void pulumi.log.warn(text));
}

function serviceUrl(edgeUrl: string, route: { host: string | null; path: string }): string {
  const url = new URL(route.path, edgeUrl);
  if (route.host) url.hostname = route.host;
  return url.toString();
}
