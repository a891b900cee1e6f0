import { COLORS, type Color, type Release } from "../../release/release";
import { observedOutcome, unmovedOutcome } from "../../release/outcome";
import {
  planRollout,
  type ObservedState,
  type PreviousState,
  type RolloutPlan,
  type SetPlan,
} from "../../release/rolloutPlan";
import { isRolling } from "../../release/rolling";
import { restartedRelease } from "../../release/restart";
import { claimSet } from "../../steps/claimSet";
import { healthGate } from "../../steps/healthGate";
import { switchTraffic } from "../../steps/switchTraffic";
import { PromiseBroken, specOf, type Ailment } from "./memoryParts";
import { ModelTarget } from "./modelTarget";
import { claimInput, gateInput, switchInput } from "./steps";

/** Thrown where the modelled deployer dies; one for all, since a stack trace costs more than an update. */
const KILLED = new Error("the deployer is dead");

const FAILED = new Error("the update has failed");

/** How an update goes wrong. */
export type Fault =
  | { readonly kind: "none" }
  /** The release does not answer through preview, is never ready, or does not answer users. */
  | { readonly kind: "gate" | "unwell" | "watch" }
  /** Somebody cancels the update while users' first answers are watched. */
  | { readonly kind: "cancel" }
  /** Carried out in part: steps left out, as by `--target` and `--exclude`. */
  | { readonly kind: "part"; readonly leftOut: readonly Step[] }
  /** The deployer dies before this change, counted over all of the update: of records, of traffic, of a set, of its state. */
  | { readonly kind: "kill"; readonly step: number };

const AILMENTS: Partial<Readonly<Record<Fault["kind"], Ailment>>> = {
  gate: { answers: { preview: "status 500" } },
  unwell: { unfit: "web died" },
  watch: { answers: { public: "status 500" } },
};

/** What an update can leave out: a service's name stands for its container. */
export type Step = "claim" | "gate" | "switch" | "deletes" | "api" | "web" | "jobs";

/**
 * A target, an engine's state and a deployer in memory. Claim, gate and switch are the steps' own code. Its own checks
 * throw ordinary errors, which no fault of the model catches.
 */
export class ModelWorld {
  readonly target = new ModelTarget(() => this.step());
  /** What the stack's state knows: spec and protection. */
  readonly state: Record<Color, Map<string, { spec: string; protect: boolean }>> = {
    blue: new Map(),
    green: new Map(),
  };
  /** What the switch resource in the state was last run for. */
  switchInState = -1;
  outputs: PreviousState | null = null;
  hasSucceeded = false;
  private steps = 0;
  private isDead = false;
  private hasLeftOut = false;
  private fault: Fault = { kind: "none" };

  /** @param rolls services move one by one, and none is started before. */
  constructor(private readonly rolls = false) {}

  /** One `pulumi up`. Returns the plan; a fault ends it where it strikes. */
  async up(desired: Release, fault: Fault = { kind: "none" }): Promise<RolloutPlan> {
    this.begin(desired, fault);
    return this.carryOut(planRollout(this.outputs, await this.observe(), desired));
  }

  /** One `maestro restart`; null: nothing serves. */
  async restart(services: readonly string[], fault: Fault): Promise<RolloutPlan | null> {
    const observed = await this.observe();
    const serving = observed?.activeColor && observed.placements[observed.activeColor]?.record;
    if (!serving) return null;
    const known = services.filter((name) => name in serving.services);
    const wish = { after: observed.switchNumber, services: known };
    const desired = restartedRelease(wish, observed, {});
    this.begin(desired, fault);
    return this.carryOut(planRollout(this.outputs, observed, desired, wish));
  }

  private async carryOut(plan: RolloutPlan): Promise<RolloutPlan> {
    try {
      for (const color of COLORS) await this.applySet(plan, color);
      await this.applySwitch(plan);
      this.applyDeletes(plan);
      this.step();
      this.outputs = (await this.look(plan)) ?? this.outputs;
      this.hasSucceeded = true;
    } catch (error) {
      if (error !== KILLED && error !== FAILED) throw error;
    }
    return plan;
  }

  /** What users get: service -> digest; null: nothing serves. */
  async served(): Promise<Record<string, string> | null> {
    const active = await this.target.activeColor();
    if (!active) return null;
    // The edge has routes for the services of the set's release alone; a container left over beside them gets no traffic.
    const routed = (await this.target.records.readPlacement(active))?.record.services ?? {};
    const parts = [...this.target.parts[active]].filter(([service]) => service in routed);
    return Object.fromEntries(parts.map(([service, { spec }]) => [service, digestIn(spec)]));
  }

  private begin(desired: Release, fault: Fault): void {
    this.fault = fault;
    // A resource that was left out stays protected as it was, for which the engine then refuses.
    this.hasLeftOut ||= fault.kind === "part";
    this.steps = 0;
    this.isDead = false;
    this.hasSucceeded = false;
    this.target.isCancelling = fault.kind === "cancel";
    this.target.ailments.clear();
    const ailment = AILMENTS[fault.kind];
    if (ailment) this.target.ailments.set(desired.id, ailment);
  }

  private async observe(): Promise<ObservedState | null> {
    const { records } = this.target;
    if (!(await records.exists())) return null;
    return {
      activeColor: await this.target.activeColor(),
      switchNumber: (await records.readSwitch())?.number ?? 0,
      ...((await records.readSwitch())?.settled === false && { unsettled: true as const }),
      placements: {
        blue: await records.readPlacement("blue"),
        green: await records.readPlacement("green"),
      },
      ...(await this.observeRoll()),
    };
  }

  private async observeRoll(): Promise<Pick<ObservedState, "roll">> {
    const roll = await this.target.records.roll.read();
    if (!isRolling(roll, await this.target.activeColor())) return {};
    return { roll: { ...roll, moved: await this.target.movedServices() } };
  }

  private async look(plan: RolloutPlan): Promise<PreviousState | null> {
    if (plan.action === "none") return unmovedOutcome(plan);
    const observed = await this.observe();
    return observed && observedOutcome(observed);
  }

  private leavesOut(step: string): boolean {
    return this.fault.kind === "part" && (this.fault.leftOut as readonly string[]).includes(step);
  }

  /** Before each change, of the deployer's and of its steps'. Who is dead changes nothing any more. */
  private step(): void {
    this.isDead ||= this.fault.kind === "kill" && this.steps === this.fault.step;
    if (this.isDead) throw KILLED;
    this.steps += 1;
  }

  /** Runs a step's own code. What a step refuses is a mistake of the plan, unless parts of an update were left out. */
  private async run(action: Promise<number | void>): Promise<void> {
    let code: number | void;
    try {
      code = await action;
    } catch (error) {
      if (this.isDead) throw KILLED;
      if (error instanceof PromiseBroken || !this.hasLeftOut) throw error;
      throw FAILED;
    }
    // A step goes on where only the event of what it did is not on record.
    if (this.isDead) throw KILLED;
    if (code) throw FAILED;
  }

  private async applySet(plan: RolloutPlan, color: Color): Promise<void> {
    const set = plan.sets[color];
    if (!set) return;
    const { target } = this;
    const active = await target.activeColor();
    if (set.touch && !this.leavesOut("claim")) {
      if (active === color) throw new Error(`claimed ${color}, which serves`);
      const input = claimInput(color, set.record, set.placement);
      await this.run(claimSet(target, { ...input, ...this.rolling(active) }));
    }
    for (const service of Object.keys(set.record.services)) {
      if (!this.leavesOut(service)) this.applyContainer(color, set, service, active);
    }
    if (set.touch && !this.leavesOut("gate")) {
      const input = gateInput(color, set.record.id, set.placement);
      await this.run(healthGate(target, { ...input, ...this.rolling(active) }));
    }
  }

  /** The first release has nothing beside it. */
  private rolling(active: Color | null): { rolling?: true } {
    return this.rolls && active ? { rolling: true } : {};
  }

  private applyContainer(color: Color, set: SetPlan, service: string, active: Color | null): void {
    const spec = specOf(set.record, service);
    const known = this.state[color].get(service);
    if (known && (!set.touch || known.spec === spec)) {
      this.state[color].set(service, { spec: known.spec, protect: set.protect });
      return;
    }
    if (known?.protect && set.protect) throw new Error(`${color} ${service} is protected`);
    if (active === color) throw new Error(`changed ${color}, which serves`);
    // The provider deletes first; a kill can come before the state hears of either half.
    this.step();
    this.target.parts[color].delete(service);
    this.step();
    this.target.place({ color, record: set.record }, service, !this.rolls || active === null);
    this.step();
    this.state[color].set(service, { spec, protect: set.protect });
  }

  private async applySwitch(plan: RolloutPlan): Promise<void> {
    const { activeColor, switchNumber } = plan;
    const set = plan.sets[activeColor];
    if (!set) throw new Error("the plan's active set is empty");
    if (this.switchInState === switchNumber || this.leavesOut("switch")) return;
    this.step();
    const rolling = this.rolls ? ({ rolling: true, keepPrevious: "stopped" } as const) : {};
    const input = switchInput(activeColor, set.record.id, switchNumber, rolling);
    await this.run(switchTraffic(this.target, input));
    this.step();
    this.switchInState = switchNumber;
  }

  /** The engine deletes at the end what the program did not register, and refuses that for what is protected. */
  private applyDeletes(plan: RolloutPlan): void {
    if (this.leavesOut("deletes")) return;
    for (const color of COLORS) {
      const registered = plan.sets[color]?.record.services ?? {};
      for (const [service, { protect }] of this.state[color]) {
        if (service in registered) continue;
        if (protect && this.hasLeftOut) throw FAILED;
        if (protect) throw new Error(`${color} ${service} cannot be deleted: it is protected`);
        this.step();
        this.target.parts[color].delete(service);
        this.state[color].delete(service);
      }
    }
  }
}

function digestIn(spec: string): string {
  return spec.split("#")[0] ?? "";
}
