import type { Fault } from "./fault";
import type { FaultWorld } from "./world";

/** What one fault came to. */
export interface FaultResult {
  readonly id: string;
  readonly title: string;
  readonly phase: Fault["phase"];
  readonly passed: boolean;
  /** What happened, or what should have. */
  readonly outcome: string;
  readonly seconds: number;
  readonly lost: number;
  readonly mayLose: number;
}

/** Makes one fault under load, then has the stack converge, and counts what users lost in all that time. */
export async function runFault(world: FaultWorld, fault: Fault): Promise<FaultResult> {
  const { id, title, phase, mayLose = 0 } = fault;
  await world.renew();
  const load = world.startLoad();
  const start = performance.now();
  let outcome: string;
  let passed = true;
  try {
    outcome = await fault.run(world);
    await world.converge();
  } catch (error) {
    passed = false;
    outcome = (error as Error).message;
  }
  const { lost } = await load.stop();
  const seconds = (performance.now() - start) / 1000;
  if (lost.length > mayLose) {
    passed = false;
    outcome += `; lost ${lost.length} requests, the first by ${lost[0]!.reason}`;
  }
  return { id, title, phase, passed, outcome, seconds, lost: lost.length, mayLose };
}
