import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../config/settings";
import { BlueGreenRelease } from "../../components/dockerHost/blueGreenRelease";
import { Observability, type WantedObservability } from "../../components/dockerHost/observability";
import { NginxUpstream, type LiveConfig } from "../../components/dockerHost/nginxUpstream";
import { StatefulServices } from "../../components/dockerHost/statefulServices";
import { PostgresDatabase } from "../../components/dockerHost/postgresDatabase";
import type { Color, ReleaseRecord } from "../../release/release";
import type { ObservedState, RolloutPlan } from "../../release/rolloutPlan";
import { listenUrl } from "../../rules/edge/listenUrl";
import type { SecretVariables } from "../../rules/serviceSecrets";
import type { StatefulWork } from "../../rules/stateful/statefulDecision";
import type { Serving } from "../target";

/** What is registered, beside the settings. */
export interface ServingArgs {
  readonly prefix: string;
  readonly plan: RolloutPlan;
  /** How many containers of a set are replaced and started at once. */
  readonly startsAtOnce: number;
  /** What the edge declares for each set. */
  readonly edgeSets: Readonly<Record<Color, ReleaseRecord | null>>;
  readonly liveConfig: LiveConfig;
  readonly secretVariables: SecretVariables;
  readonly stateful: readonly StatefulWork[];
  /** What watches the stack; null: nothing. */
  readonly observability: WantedObservability | null;
  /** The same look at the host as the plan was made from, for the end of the update. */
  readonly look: () => Promise<ObservedState | null>;
}

/** What users' requests pass through: the edge, both sets behind it, and the stack's own database if it has one. */
export function createServing(
  settings: Settings,
  {
    prefix,
    plan,
    startsAtOnce,
    edgeSets,
    liveConfig,
    secretVariables,
    stateful,
    ...args
  }: ServingArgs,
  opts: pulumi.ComponentResourceOptions,
): Serving {
  const { host, registry, directory, subnet, rollout, secrets, migrations, backups } = settings;
  const { gates, override, healthGate, notices } = settings;
  const { observability, look } = args;
  const edge = new NginxUpstream(
    "edge",
    { edge: settings.edge, prefix, host, directory, subnet, sets: edgeSets, liveConfig },
    opts,
  );
  const postgres =
    settings.postgres &&
    new PostgresDatabase(
      "postgres",
      { settings: settings.postgres, prefix, subnet, after: [edge] },
      opts,
    );
  const stack = pulumi.getStack();
  const beside =
    stateful.length === 0
      ? []
      : new StatefulServices(
          "stateful",
          { work: stateful, prefix, stack, host, directory, secrets, after: [edge] },
          opts,
        ).operations;
  const release = new BlueGreenRelease(
    "release",
    {
      plan,
      prefix,
      host,
      registry,
      directory,
      subnet,
      startsAtOnce,
      network: prefix,
      edgeUrl: listenUrl(settings.edge.listen),
      previewUrl: listenUrl(settings.edge.preview),
      rollout,
      healthGate,
      notices,
      gates,
      override,
      stack,
      secrets,
      secretVariables,
      migrations,
      backups,
      postgres,
      // What others use is not removed by one command.
      protect: settings.kind !== "local",
      edge,
      beside,
      look,
    },
    opts,
  );
  if (observability) {
    new Observability(
      "observability",
      { wanted: observability, prefix, host, directory, after: [release] },
      opts,
    );
  }
  const { url, previewUrl } = edge;
  return { url, previewUrl, outcome: release.outcome, release };
}
