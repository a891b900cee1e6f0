import { isShared } from "./canary";
import { createRelease, type Release } from "./release";
import { PlanError, type ObservedState, type RestartWish } from "./rolloutPlan";

/**
 * Variable of the environment by which `maestro restart` tells its update. The stack file is left as it is: a restart
 * changes nothing of what the stack asks for.
 */
export const RESTART_VARIABLE = "MAESTRO_RESTART";

/** @throws PlanError for what `maestro restart` has not written. */
export function parseRestart(given: string | undefined): RestartWish | null {
  if (given === undefined || given === "") return null;
  const [, after, services = ""] = /^(\d{1,9})(?::([\w.,-]+))?$/.exec(given) ?? [];
  if (after === undefined) {
    throw new PlanError(
      `${RESTART_VARIABLE}: is set by \`maestro restart\` for its update, got ${JSON.stringify(given)}; unset it`,
    );
  }
  return { after: Number(after), services: services === "" ? [] : services.split(",") };
}

/** The variable's value; see {@link parseRestart}. */
export function formatRestart({ after, services }: RestartWish): string {
  return services.length === 0 ? String(after) : `${after}:${services.join(",")}`;
}

/**
 * The release that a restart places: what serves, whatever the stack file asks for by now, with the current version of
 * the secrets of the services that are restarted. Where no secret has changed it is the very release that serves.
 *
 * @param secretVersions service -> current version of its secrets; a service that is left out keeps its own.
 * @throws PlanError when it cannot be restarted.
 */
export function restartedRelease(
  wish: RestartWish,
  observed: ObservedState | null,
  secretVersions: Readonly<Record<string, string>>,
): Release {
  const { services } = requireRestartable(wish, observed);
  const meant = restartedServices(wish, observed);
  return createRelease(
    Object.fromEntries(
      Object.entries(services).map(([name, service]) => {
        const current = meant[name]?.secretVersion && secretVersions[name];
        return [name, current === undefined ? service : { ...service, secretVersion: current }];
      }),
    ),
  );
}

/** The services that a restart is about, as they serve. @throws PlanError as {@link restartedRelease}. */
export function restartedServices(
  wish: RestartWish,
  observed: ObservedState | null,
): Release["services"] {
  const { services } = requireRestartable(wish, observed);
  const isMeant = (name: string) => wish.services.length === 0 || wish.services.includes(name);
  return Object.fromEntries(Object.entries(services).filter(([name]) => isMeant(name)));
}

function requireRestartable(wish: RestartWish, observed: ObservedState | null): Release {
  const active = observed?.activeColor ?? null;
  const serving = active && observed!.placements[active]?.record;
  if (!observed || !serving) {
    throw new PlanError("restart: nothing serves yet; run `pulumi up` first");
  }
  if (observed.switchNumber !== wish.after) {
    throw new PlanError(
      `restart: was asked for after move ${wish.after} of the traffic, and it has moved since (${observed.switchNumber}); ` +
        `run \`maestro restart\` again`,
    );
  }
  const { canary } = observed;
  if (canary && isShared(canary, active)) {
    throw new PlanError(
      `restart: needs the idle set, where release ${canary.release} has ${canary.percent} % of the clients; ` +
        `end that first (\`maestro rollout promote\`, or \`abort\`)`,
    );
  }
  const unknown = wish.services.filter((name) => serving.services[name] === undefined);
  if (unknown.length > 0) {
    throw new PlanError(
      `restart: ${unknown.join(", ")}: no service of release ${serving.id}; there are ` +
        Object.keys(serving.services).sort().join(", "),
    );
  }
  return serving;
}
