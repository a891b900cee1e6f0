import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { appendHistory } from "../release/history";
import { imageReference } from "../rules/stepInput";
import { explainPartialUpdate, type Outcome } from "../release/outcome";
import type { Release, ReleaseRecord } from "../release/release";
import type { RolloutPlan } from "../release/rolloutPlan";
import type { PromotionEvidence } from "../release/history";
import { releaseOutput, type IdentityOutput, type StackOutputs } from "../release/stackOutputs";
import { changeOrigin } from "../config/changeOrigin";
import type { ImageRegistry } from "../components/imageRegistry";
import type { PythonPackages } from "../components/pythonPackages";
import type { Serving } from "../targets/target";

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
  readonly serving: Serving;
}

/** The stack's outputs. None is known before the switch is done, so a failed update can leave none of them behind. */
export function stackOutputs(
  args: StackOutputsArgs,
): Record<keyof StackOutputs, pulumi.Output<unknown>> {
  const { settings, promotion, prefix, plan, desired, registry, packages } = args;
  const { url, previewUrl, outcome } = args.serving;
  const previous = pulumi.output(args.previous);
  const done = <T>(say: (served: Outcome, last: Partial<StackOutputs>) => T) =>
    pulumi.all([outcome, previous]).apply(([served, last]) =>
      // The first update was carried out in part: nothing serves, so there is nothing to say.
      served ? say(served as Outcome, last as Partial<StackOutputs>) : undefined,
    );
  outcome.apply((served) => {
    const note = explainPartialUpdate(plan, desired.id, served);
    if (note) void pulumi.log.warn(note);
  });
  return {
    url,
    previewUrl,
    activeColor: done(({ activeColor }) => activeColor),
    release: done(({ serving }) => releaseOutput(serving)),
    previousRelease: done(
      ({ serving }, last) =>
        (last.release?.id === serving.id ? last.previousRelease : last.release) ?? null,
    ),
    history: done(({ serving, activeColor, revisions = {}, watched }, last) => {
      const { restartOf } = serving;
      const known = { revisions, ...(watched && { watched }), ...(restartOf && { restartOf }) };
      const { pinReason, settingsFrom } = settings;
      const reasons =
        serving.id === desired.id
          ? { promotion, pinReason, settingsFrom, ...known }
          : { promotion: null, pinReason: null, ...known };
      return appendHistory(last, serving, activeColor, originOfUpdate, reasons);
    }),
    services: pulumi
      .all([url, done(({ serving }) => serving)])
      .apply(([at, serving]) => serving && serviceOutputs(at, serving as ReleaseRecord)),
    registry: pulumi.output({ address: registry.address, repositories: registry.repositories }),
    packages: pulumi.output(
      packages && {
        indexUrl: packages.indexUrl,
        versions: packages.versions,
        sha256: packages.sha256,
      },
    ),
    identity: args.identity,
    containerSets: done(({ sets }) => sets),
    network: done(() => ({ name: prefix, subnet: settings.subnet })),
    lastEvent: done(({ lastEvent }, last) => lastEvent ?? last.lastEvent),
  };
}

function originOfUpdate() {
  return changeOrigin((text) => void pulumi.log.warn(text));
}

function serviceOutputs(edgeUrl: string, { services }: ReleaseRecord) {
  return Object.fromEntries(
    Object.entries(services).map(([name, service]) => [
      name,
      {
        url: serviceUrl(edgeUrl, service.route),
        image: imageReference(service),
        replicas: service.replicas,
      },
    ]),
  );
}

function serviceUrl(edgeUrl: string, route: { host: string | null; path: string }): string {
  const url = new URL(route.path, edgeUrl);
  if (route.host) url.hostname = route.host;
  return url.toString();
}
