import { assignSlots } from "../../release/addresses";
import {
  COLORS,
  createRelease,
  type Color,
  type Release,
  type ReleaseRecord,
} from "../../release/release";
import { observedOutcome, unmovedOutcome } from "../../release/outcome";
import {
  planRollout,
  type Placement,
  type PreviousState,
  type RolloutPlan,
} from "../../release/rolloutPlan";
import { serviceRelease } from "./releases";

/** Thrown where the modelled deployer dies. */
class Killed extends Error {}

/** Thrown where the modelled update fails by itself. */
class Failed extends Error {}

/** How an update goes wrong. */
export type Fault =
  | { readonly kind: "none" }
  | { readonly kind: "gate" }
  | { readonly kind: "watch" }
  /** Carried out in part: steps left out, as by `--target` and `--exclude`. */
  | { readonly kind: "part"; readonly leftOut: readonly Step[] }
  | { readonly kind: "kill"; readonly step: number };

/** What an update can leave out: a service's name stands for its container. */
export type Step = "claim" | "gate" | "switch" | "deletes" | "api" | "web" | "jobs";

/** Service -> what its container runs. */
type Contents = Map<string, string>;

/**
 * A host, an engine state and a deployer in memory, with just enough behaviour to break every promise of the plan.
 * Its own checks throw ordinary errors, which no fault of the model catches.
 */
export class ModelWorld {
  /** What the Docker Engine runs. */
  readonly containers: Record<Color, Contents> = { blue: new Map(), green: new Map() };
  /** What the stack's state knows: spec and protection. */
  readonly state: Record<Color, Map<string, { spec: string; protect: boolean }>> = {
    blue: new Map(),
    green: new Map(),
  };
  readonly placements: Record<Color, Placement | null> = { blue: null, green: null };
  activeColor: Color | null = null;
  switchNumber = 0;
  /** What the switch resource in the state was last run for. */
  switchInState = -1;
  outputs: PreviousState | null = null;
  hasSucceeded = false;
  private steps = 0;
  private hasLeftOut = false;
  private fault: Fault = { kind: "none" };

  /** One `pulumi up`. Returns the plan; a fault ends it where it strikes. */
  up(desired: Release, fault: Fault = { kind: "none" }): RolloutPlan {
    this.fault = fault;
    // A resource that was left out stays protected as it was, for which the engine then refuses.
    this.hasLeftOut ||= fault.kind === "part";
    this.steps = 0;
    this.hasSucceeded = false;
    const { activeColor, switchNumber, placements } = this;
    const observed = activeColor || placements.blue || placements.green;
    const plan = planRollout(
      this.outputs,
      observed ? { activeColor, switchNumber, placements } : null,
      desired,
    );
    try {
      for (const color of COLORS) this.applySet(plan, color);
      this.applySwitch(plan);
      this.applyDeletes(plan);
      this.step();
      this.outputs = this.look(plan) ?? this.outputs;
      this.hasSucceeded = true;
    } catch (error) {
      if (!(error instanceof Killed) && !(error instanceof Failed)) throw error;
    }
    return plan;
  }

  /** What users get: service -> spec; null: nothing serves. */
  served(): Record<string, string> | null {
    if (!this.activeColor) return null;
    // The edge has routes for the services of the set's release alone; a container left over beside them gets no traffic.
    const routed = this.placements[this.activeColor]?.record.services ?? {};
    const specs = [...this.containers[this.activeColor]].filter(([service]) => service in routed);
    return Object.fromEntries(specs.map(([service, spec]) => [service, digestIn(spec)]));
  }

  private look(plan: RolloutPlan): PreviousState | null {
    const { activeColor, switchNumber, placements } = this;
    return plan.action === "none"
      ? unmovedOutcome(plan)
      : observedOutcome({ activeColor, switchNumber, placements });
  }

  private leavesOut(step: string): boolean {
    return this.fault.kind === "part" && (this.fault.leftOut as readonly string[]).includes(step);
  }

  private step(): void {
    if (this.fault.kind === "kill" && this.steps === this.fault.step) throw new Killed();
    this.steps += 1;
  }

  private applySet(plan: RolloutPlan, color: Color): void {
    const set = plan.sets[color];
    if (!set) return;
    if (set.touch && !this.leavesOut("claim")) {
      this.step();
      if (this.activeColor === color) throw new Error(`claimed ${color}, which serves`);
      if (!this.placements[color]?.proven) this.containers[color].clear();
      this.placements[color] = { number: set.placement, record: set.record, proven: false };
    }
    for (const [service, spec] of specs(set.record)) {
      if (this.leavesOut(service)) continue;
      const known = this.state[color].get(service);
      if (known && (!set.touch || known.spec === spec)) {
        this.state[color].set(service, { spec: known.spec, protect: set.protect });
        continue;
      }
      if (known?.protect && set.protect) throw new Error(`${color} ${service} is protected`);
      if (this.activeColor === color) throw new Error(`changed ${color}, which serves`);
      // The provider deletes first; a kill can come before the state hears of either half.
      this.step();
      this.containers[color].delete(service);
      this.step();
      this.containers[color].set(service, spec);
      this.step();
      this.state[color].set(service, { spec, protect: set.protect });
    }
    if (set.touch && !this.leavesOut("gate")) this.applyGate(color, set.record, set.placement);
  }

  private applyGate(color: Color, record: ReleaseRecord, number: number): void {
    this.step();
    if (this.fault.kind === "gate") throw new Failed();
    if (this.placements[color]?.number !== number) throw new Failed();
    this.requireContents(color, record);
    this.placements[color] = { number, record, proven: true };
  }

  private applySwitch(plan: RolloutPlan): void {
    const set = plan.sets[plan.activeColor];
    if (!set) throw new Error("the plan's active set is empty");
    if (this.switchInState === plan.switchNumber || this.leavesOut("switch")) return;
    this.step();
    const { placements, activeColor: outgoing } = this;
    const held = placements[plan.activeColor];
    const isMove = outgoing !== plan.activeColor;
    // The switch refuses what was never proven, and what is not its record any more loses its proof.
    if (held?.record.id !== set.record.id || (isMove && !held.proven)) throw new Failed();
    this.requireContents(plan.activeColor, held.record);
    if (isMove) {
      this.switchNumber += 1;
      this.step();
      this.activeColor = plan.activeColor;
      this.step();
      if (this.fault.kind === "watch" && outgoing) this.restore(plan.activeColor, outgoing);
    }
    this.step();
    this.switchInState = plan.switchNumber;
  }

  private restore(failed: Color, outgoing: Color): never {
    this.switchNumber += 1;
    this.activeColor = outgoing;
    const placement = this.placements[failed];
    if (placement) this.placements[failed] = { ...placement, proven: false };
    throw new Failed();
  }

  /** The engine deletes at the end what the program did not register, and refuses that for what is protected. */
  private applyDeletes(plan: RolloutPlan): void {
    if (this.leavesOut("deletes")) return;
    for (const color of COLORS) {
      const registered = plan.sets[color]?.record.services ?? {};
      for (const [service, { protect }] of this.state[color]) {
        if (service in registered) continue;
        if (protect && this.hasLeftOut) throw new Failed();
        if (protect) throw new Error(`${color} ${service} cannot be deleted: it is protected`);
        this.step();
        this.containers[color].delete(service);
        this.state[color].delete(service);
      }
    }
  }

  private requireContents(color: Color, record: ReleaseRecord): void {
    for (const [service, spec] of specs(record)) {
      if (this.containers[color].get(service) === spec) continue;
      const placement = this.placements[color];
      if (this.activeColor === color) {
        throw new Error(`${color} ${service} serves, and is not what release ${record.id} says`);
      }
      if (placement) this.placements[color] = { ...placement, proven: false };
      throw new Failed();
    }
  }
}

/** Service -> what its container is made from; a container made from anything else must be replaced. */
function specs(record: ReleaseRecord): [string, string][] {
  return Object.entries(record.services).map(([service, { digest }]) => [
    service,
    `${digest}#${record.generation}`,
  ]);
}

function digestIn(spec: string): string {
  return spec.split("#")[0] ?? "";
}

/** A release of the given services, each at the given version. */
export function modelRelease(versions: Readonly<Record<string, number>>): Release {
  return createRelease(
    Object.fromEntries(
      Object.entries(versions).map(([service, version]) => [service, serviceRelease({ version })]),
    ),
  );
}

/** A release as placed on an empty host. */
export function placedRelease(release: Release): ReleaseRecord {
  const slots = assignSlots(Object.keys(release.services), { blue: null, green: null }, "blue");
  return { ...release, slots, generation: 1 };
}
