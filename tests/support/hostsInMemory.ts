import type { Color, ReleaseRecord } from "../../release/release";
import type { SwitchInput } from "../../rules/stepInput";
import { claimSet } from "../../steps/claimSet";
import { healthGate } from "../../steps/healthGate";
import { switchTraffic } from "../../steps/switchTraffic";
import type { TargetHands } from "../../targets/hands";
import { openHosts } from "./modelHosts";
import { ModelTarget } from "./modelTarget";
import { modelRelease, placedRelease } from "./releases";
import { claimInput, gateInput, switchInput } from "./steps";

const [first, second, third] = [1, 2, 3].map((api) =>
  placedRelease(modelRelease({ api, web: 1 })),
) as [ReleaseRecord, ReleaseRecord, ReleaseRecord];

/** Releases of the same services. */
export const RELEASES = { first, second, third };

/** Several hosts that can be lost, and the steps' own code on all of them. */
export class HostsInMemory {
  readonly all: readonly ModelTarget[];

  constructor(count: number) {
    this.all = Array.from({ length: count }, () => new ModelTarget());
  }

  /** With the first release on blue, which serves, and the second one on green, proven. */
  static async serving(count: number): Promise<HostsInMemory> {
    const hosts = new HostsInMemory(count);
    await hosts.prove("blue", first, 1);
    expect(await hosts.switchTo("blue", first, 1)).toBe(0);
    await hosts.prove("green", second, 1);
    return hosts;
  }

  at(index: number): ModelTarget {
    return this.all[index]!;
  }

  open(): Promise<TargetHands> {
    return openHosts(this.all);
  }

  async claim(color: Color, record: ReleaseRecord, placement: number): Promise<void> {
    await claimSet(await this.open(), claimInput(color, record, placement));
  }

  async gate(color: Color, record: ReleaseRecord, placement: number): Promise<number> {
    return healthGate(await this.open(), gateInput(color, record.id, placement));
  }

  async prove(color: Color, record: ReleaseRecord, placement: number): Promise<void> {
    await this.claim(color, record, placement);
    for (const host of this.all) host.placeAll({ color, record });
    expect(await this.gate(color, record, placement)).toBe(0);
  }

  async switchTo(
    color: Color,
    record: ReleaseRecord,
    number: number,
    rollout: Partial<SwitchInput> = {},
  ): Promise<number> {
    return switchTraffic(await this.open(), switchInput(color, record.id, number, rollout));
  }

  /** The set that each of them gives users a service from, which runs there. */
  servedBy(service: string): (Color | null)[] {
    return this.all.map((host) => {
      const color = host.servedBy(service);
      if (color) expect(host.parts[color].get(service)?.running).toBe(true);
      return color;
    });
  }

  /** What each of them serves. */
  colors(): Promise<(Color | null)[]> {
    return Promise.all(this.all.map((host) => host.activeColor()));
  }

  /** What has moved, on all of them. */
  get moves(): string[] {
    return this.all.flatMap(({ done }) => done).filter((each) => each.startsWith("move"));
  }
}
