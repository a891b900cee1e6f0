import { COLORS, type Color, type Release } from "../../release/release";
import { observedOutcome, unmovedOutcome } from "../../release/outcome";
import {
  planRollout,
  type PreviousState,
  type RolloutPlan,
  type SetPlan,
} from "../../release/rolloutPlan";
import { restartedRelease } from "../../release/restart";
import { claimSet } from "../../steps/claimSet";
import { healthGate } from "../../steps/healthGate";
import { switchTraffic } from "../../steps/switchTraffic";
import { HostError } from "../../rules/host/asking";
import type { TargetHands } from "../../targets/hands";
import { PromiseBroken, specOf } from "./memoryParts";
import { AILMENTS, type Fault } from "./modelFaults";
import { agreedColor, observeHosts, openHosts } from "./modelHosts";
import { ModelTarget } from "./modelTarget";
import { claimInput, gateInput, switchInput } from "./steps";

/** Thrown where the modelled deployer dies; one for all, since a stack trace costs more than an update. */
const KILLED = new Error("the deployer is dead");

/** Thrown where the modelled update fails by itself. */
const FAILED = new Error("the update has failed");

/**
 * Hosts, an engine's state and a deployer in memory. Claim, gate and switch are the steps' own code. Its own checks
 * throw ordinary errors, which no fault of the model catches.
 */
export class ModelWorld {
  readonly hosts: readonly ModelTarget[];
  /** The first host, which has the records. */
  readonly target: ModelTarget;
  /** What the stack's state knows of `<service>@<host>`: spec and protection. */
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

  /**
   * @param hosts how many hosts the stack runs on.
   * @param rolls services move one by one, and none is started before.
   */
  constructor(
    hosts = 1,
    private readonly rolls = false,
  ) {
    this.hosts = Array.from({ length: hosts }, (_, host) => new ModelTarget(() => this.step(host)));
    this.target = this.hosts[0]!;
  }

  /** One `pulumi up`. Returns the plan; a fault ends it where it strikes. */
  async up(desired: Release, fault: Fault = { kind: "none" }): Promise<RolloutPlan> {
    this.begin(desired, fault);
    return this.carryOut(planRollout(this.outputs, await observeHosts(this.hosts), desired));
  }

  /** One `maestro restart`; null: nothing serves. */
  async restart(services: readonly string[], fault: Fault): Promise<RolloutPlan | null> {
    const observed = await observeHosts(this.hosts);
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
      // A host is lost by a fault alone.
      if (error !== KILLED && error !== FAILED && !(error instanceof HostError)) throw error;
    }
    return plan;
  }

  /** What users of a host get: service -> digest; null: nothing serves there. */
  async served(host = this.target): Promise<Record<string, string> | null> {
    const active = await host.activeColor();
    if (!active) return null;
    // The edge has routes for the services of the set's release alone; a container left over beside them gets no traffic.
    const routed = (await this.target.records.readPlacement(active))?.record.services ?? {};
    const parts = [...host.parts[active]].filter(([service]) => service in routed);
    return Object.fromEntries(parts.map(([service, { spec }]) => [service, digestIn(spec)]));
  }

  private begin(desired: Release, fault: Fault): void {
    this.fault = fault;
    // A resource that was left out stays protected as it was, for which the engine then refuses.
    this.hasLeftOut ||= fault.kind === "part";
    this.steps = 0;
    this.isDead = false;
    this.hasSucceeded = false;
    const ailment = AILMENTS["watch" in fault ? "watch" : fault.kind];
    for (const [index, host] of this.hosts.entries()) {
      host.isLost = false;
      host.isCancelling = fault.kind === "cancel";
      host.ailments.clear();
      const isAiling = fault.kind === "cut" || !("host" in fault) || fault.host === index;
      if (ailment && isAiling) host.ailments.set(desired.id, ailment);
    }
  }

  private async look(plan: RolloutPlan): Promise<PreviousState | null> {
    if (this.hosts.some(({ isLost }) => isLost)) throw FAILED;
    if (plan.action === "none") return unmovedOutcome(plan);
    const observed = await observeHosts(this.hosts);
    return observed && observedOutcome(observed);
  }

  private leavesOut(step: string): boolean {
    return this.fault.kind === "part" && (this.fault.leftOut as readonly string[]).includes(step);
  }

  /** Before each change, of the deployer's and of its steps'. Who is dead, or is not reached, changes nothing any more. */
  private step(host?: number): void {
    const { fault } = this;
    this.isDead ||= fault.kind === "kill" && this.steps === fault.step;
    if (this.isDead) throw KILLED;
    if (fault.kind === "cut" && fault.host === host && this.steps >= fault.step) {
      const target = this.hosts[host]!;
      const isBefore = target.isLost || fault.loses === "change";
      target.isLost = true;
      if (isBefore) throw new HostError("cannot be reached");
    }
    this.steps += 1;
  }

  /** Runs a step's own code. What a step refuses is a mistake of the plan, unless parts of an update were left out. */
  private async run(step: (hands: TargetHands) => Promise<number | void>): Promise<void> {
    let code: number | void;
    try {
      code = await step(await openHosts(this.hosts));
    } catch (error) {
      if (this.isDead) throw KILLED;
      if (error instanceof HostError) throw error;
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
    const active = await agreedColor(this.hosts);
    // The first release has nothing beside it.
    const rolling = this.rolls && active ? ({ rolling: true } as const) : {};
    if (set.touch && !this.leavesOut("claim")) {
      if (active === color) throw new Error(`claimed ${color}, which serves`);
      const input = { ...claimInput(color, set.record, set.placement), ...rolling };
      await this.run((hands) => claimSet(hands, input));
    }
    for (const host of this.hosts.keys()) {
      const serves = (await this.hosts[host]!.activeColor()) === color;
      for (const service of Object.keys(set.record.services)) {
        if (this.leavesOut(service)) continue;
        this.applyContainer(host, color, set, service, { serves, runs: !rolling.rolling });
      }
    }
    if (set.touch && !this.leavesOut("gate")) {
      const input = { ...gateInput(color, set.record.id, set.placement), ...rolling };
      await this.run((hands) => healthGate(hands, input));
    }
  }

  private applyContainer(
    host: number,
    color: Color,
    set: SetPlan,
    service: string,
    { serves, runs }: { readonly serves: boolean; readonly runs: boolean },
  ): void {
    const spec = specOf(set.record, service);
    const key = `${service}@${host}`;
    const known = this.state[color].get(key);
    if (known && (!set.touch || known.spec === spec)) {
      this.state[color].set(key, { spec: known.spec, protect: set.protect });
      return;
    }
    if (known?.protect && set.protect) throw new Error(`${color} ${service} is protected`);
    if (serves) throw new Error(`changed ${color}, which serves`);
    // The provider deletes first; a kill can come before the state hears of either half.
    const target = this.hosts[host]!;
    this.step(host);
    target.parts[color].delete(service);
    this.step(host);
    target.place({ color, record: set.record }, service, runs);
    this.step();
    this.state[color].set(key, { spec, protect: set.protect });
  }

  private async applySwitch(plan: RolloutPlan): Promise<void> {
    const { activeColor, switchNumber } = plan;
    const set = plan.sets[activeColor];
    if (!set) throw new Error("the plan's active set is empty");
    if (this.switchInState === switchNumber || this.leavesOut("switch")) return;
    this.step();
    const rolling = this.rolls ? ({ rolling: true, keepPrevious: "stopped" } as const) : {};
    const input = switchInput(activeColor, set.record.id, switchNumber, rolling);
    await this.run((hands) => switchTraffic(hands, input));
    this.step();
    this.switchInState = switchNumber;
  }

  /** The engine deletes at the end what the program did not register, and refuses that for what is protected. */
  private applyDeletes(plan: RolloutPlan): void {
    if (this.leavesOut("deletes")) return;
    for (const color of COLORS) {
      const registered = plan.sets[color]?.record.services ?? {};
      for (const [key, { protect }] of this.state[color]) {
        const [service = "", host] = key.split("@");
        if (service in registered) continue;
        if (protect && this.hasLeftOut) throw FAILED;
        if (protect) throw new Error(`${color} ${key} cannot be deleted: it is protected`);
        this.step(Number(host));
        this.hosts[Number(host)]!.parts[color].delete(service);
        this.state[color].delete(key);
      }
    }
  }
}

function digestIn(spec: string): string {
  return spec.split("#")[0] ?? "";
}
