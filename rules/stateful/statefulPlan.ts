import { createHash } from "node:crypto";
import { canonicalJson } from "../../release/release";
import { fileVariables, serviceSecretsDirectory, type DeliveredSecrets } from "../serviceSecrets";
import type { StatefulSettings } from "./statefulSettings";

/** All that a stateful service's container is made from, except the volume. */
export interface StatefulPlan extends Omit<StatefulSettings, "secrets" | "backup"> {
  /** Which of its secrets it gets, and the host's directory of secrets; null: it has none. */
  readonly secrets: (DeliveredSecrets & { readonly directory: string }) | null;
}

/** Label of its container and of its volumes: the service's name. */
export const STATEFUL_LABEL = "maestro.stateful";
/** Label of its container: hash of plan and volume. */
export const STATEFUL_HASH_LABEL = "maestro.stateful.hash";

/** Name of a stateful service's container. */
export function statefulName(prefix: string, service: string): string {
  return `${prefix}-${service}`;
}

/** Name of the container that ran before, while another one takes its place. */
export function statefulNameBefore(prefix: string, service: string): string {
  return `${statefulName(prefix, service)}-before`;
}

/** Where its secrets are, in place of a set's color. */
export function statefulHolder(service: string): `stateful-${string}` {
  return `stateful-${service}`;
}

/** Name of its volume. The first one is called like the container; each update that copies its data has the next. */
export function volumeName(prefix: string, service: string, generation: number): string {
  const name = statefulName(prefix, service);
  return generation === 1 ? name : `${name}-${generation}`;
}

/** Name of the volume that an update copies the data into. */
export function nextVolume(prefix: string, service: string, volume: string): string {
  const name = statefulName(prefix, service);
  const generation = volume === name ? 1 : Number(volume.slice(name.length + 1));
  return volumeName(prefix, service, generation + 1);
}

/**
 * What its container is to be made from.
 *
 * @param secretVersion current version of its secrets; null: it has none.
 * @param directory the host's directory of secrets.
 */
export function planStateful(
  settings: StatefulSettings,
  secretVersion: string | null,
  directory: string,
): StatefulPlan {
  const { image, port, volume, command, user, env, health } = settings;
  const { resources, stopGraceSeconds, scratchPaths, secrets } = settings;
  const delivered =
    secretVersion === null
      ? null
      : { version: secretVersion, names: [...secrets].sort(), user, directory };
  return {
    ...{ image, port, volume, command, user, env, health },
    ...{ resources, stopGraceSeconds, scratchPaths, secrets: delivered },
  };
}

/** Tells a container apart that was made from something else. */
export function hashOf(plan: StatefulPlan, volume: string): string {
  return createHash("sha256").update(canonicalJson({ plan, volume })).digest("hex");
}

export function isSamePlan(one: StatefulPlan, other: StatefulPlan): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** Where its secrets lie on the host; null: it has none. */
export function statefulSecrets(prefix: string, service: string, { secrets }: StatefulPlan) {
  if (secrets === null) return null;
  const { directory, ...delivered } = secrets;
  const below = serviceSecretsDirectory(service, delivered);
  return { directory, below, source: `${directory}/${prefix}/${statefulHolder(service)}/${below}` };
}

/** Its container's environment. */
export function statefulEnvironment(service: string, plan: StatefulPlan): Record<string, string> {
  const files = fileVariables(plan.secrets?.names ?? []);
  return { ...plan.env, ...files, MAESTRO_SERVICE: service };
}

/** In what a plan differs from what runs, in a few words without a value of a variable or a secret. */
export function describeChange(from: StatefulPlan, to: StatefulPlan): string {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])] as (keyof StatefulPlan)[];
  const changed = keys.filter((key) => canonicalJson(from[key]) !== canonicalJson(to[key]));
  const shown = changed.map((key) => {
    if (key === "image") return `image ${shortImage(from.image)} -> ${shortImage(to.image)}`;
    if (key !== "secrets") return key;
    const versions = [from, to].map(({ secrets }) => secrets?.version ?? "none");
    return versions[0] === versions[1] ? key : `secrets ${versions.join(" -> ")}`;
  });
  return shown.sort().join(", ");
}

/** `docker.io/library/redis@sha256:0123456789ab` */
export function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}
