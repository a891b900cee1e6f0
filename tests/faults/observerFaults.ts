import assert from "node:assert/strict";
import { observerName, type Observer } from "../../rules/observability/layout";
import {
  forgetObservers,
  observerImages,
  observerSettings,
  RUN_OBSERVERS,
} from "../support/watchedStack";
import type { Fault } from "./fault";
import type { FaultWorld } from "./world";

/** A release while nothing of what watches the stack is there any more. */
async function releaseUnwatched(world: FaultWorld, profile: "minimal" | "full"): Promise<string> {
  const { victoriaLogs, ...minimal } = observerSettings(world.stack, await observerImages());
  const settings = profile === "full" ? { ...minimal, victoriaLogs } : { ...minimal, profile };
  const keys = { observability: settings };
  const servers = RUN_OBSERVERS.filter(
    (observer) => observer !== "jaeger" && (profile === "full" || observer !== "victorialogs"),
  );
  try {
    await world.release(world.good, {}, keys);
    world.configure(world.next, {}, keys);
    const kill = () => Promise.all(servers.map((observer) => remove(world, observer)));
    const { exitCode, output } = await world.stack.upDisturbedAt(/claim/, kill);
    assert.equal(exitCode, 0, output);
    const again = await world.up(world.next, {}, keys);
    assert.equal(again.exitCode, 0, again.output);
    for (const observer of servers) assert.match(again.output, new RegExp(`${observer} is ready`));
    return "released; the next update made them again";
  } finally {
    await world.release(world.next);
    await forgetObservers(world.stack);
  }
}

function remove({ engine, stack }: FaultWorld, observer: Observer): Promise<unknown> {
  return engine.getContainer(observerName(stack.prefix, observer)).remove({ force: true });
}

/** What watches the stack is dead: no release depends on it. */
export const OBSERVER_FAULTS: readonly Fault[] = [
  {
    id: "F46",
    title: "Prometheus and Alertmanager are killed",
    phase: "deploy",
    run: (world) => releaseUnwatched(world, "minimal"),
  },
  {
    id: "F47",
    title: "Prometheus, Alertmanager and VictoriaLogs are killed",
    phase: "deploy",
    run: (world) => releaseUnwatched(world, "full"),
  },
];
