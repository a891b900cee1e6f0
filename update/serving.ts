import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { listenUrl } from "../rules/edge/listenUrl";
import { BlueGreenRelease } from "../components/dockerHost/blueGreenRelease";
import { NginxUpstream } from "../components/dockerHost/nginxUpstream";
import { PostgresDatabase } from "../components/dockerHost/postgresDatabase";
import type { UpdatePlan } from "./updatePlan";

export interface Serving {
  readonly edge: NginxUpstream;
  readonly release: BlueGreenRelease;
}

/** What users' requests pass through: the edge, both sets behind it, and the stack's own database if it has one. */
export function createServing(
  settings: Settings,
  prefix: string,
  { plan, edgeSets, liveConfig, secretVariables, look }: UpdatePlan,
  opts: pulumi.ComponentResourceOptions,
): Serving {
  const { host, registry, directory, subnet, rollout, secrets, migrations } = settings;
  const { gates, override } = settings;
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
  const release = new BlueGreenRelease(
    "release",
    {
      plan,
      prefix,
      host,
      registry,
      directory,
      subnet,
      network: prefix,
      edgeUrl: listenUrl(settings.edge.listen),
      previewUrl: listenUrl(settings.edge.preview),
      rollout,
      gates,
      override,
      stack: pulumi.getStack(),
      secrets,
      secretVariables,
      migrations,
      postgres,
      // What others use is not removed by one command.
      protect: settings.kind !== "local",
      edge,
      look,
    },
    opts,
  );
  return { edge, release };
}
