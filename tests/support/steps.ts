import type { Color, ReleaseRecord } from "../../release/release";
import type { ClaimInput, GateInput, SwitchInput } from "../../rules/stepInput";
import { claimSet } from "../../steps/claimSet";
import { healthGate } from "../../steps/healthGate";
import { switchTraffic } from "../../steps/switchTraffic";
import { MemoryTarget } from "./memoryTarget";

const PLACE = { prefix: "maestro-test", directory: "/var/lib/maestro" };

/** What `claimSet` is told. */
export function claimInput(color: Color, record: ReleaseRecord, placement: number): ClaimInput {
  return { ...PLACE, color, record, placement };
}

/** What `healthGate` is told. */
export function gateInput(color: Color, release: string, placement: number): GateInput {
  return { ...PLACE, color, release, placement, previewUrl: "http://preview" };
}

/** What `switchTraffic` is told: watch once, keep the set before. */
export function switchInput(
  color: Color,
  release: string,
  switchNumber: number,
  rollout: Partial<SwitchInput> = {},
): SwitchInput {
  return {
    ...PLACE,
    color,
    release,
    switchNumber,
    edgeUrl: "http://edge",
    previewUrl: "http://preview",
    bakeSeconds: 0,
    drainSeconds: 0,
    keepPrevious: "warm",
    ...rollout,
  };
}

/** Places a release and proves it, by the steps' own code. */
export async function prove(
  target: MemoryTarget,
  color: Color,
  record: ReleaseRecord,
  placement: number,
): Promise<void> {
  await claimSet(target, claimInput(color, record, placement));
  target.placeAll({ color, record });
  expect(await healthGate(target, gateInput(color, record.id, placement))).toBe(0);
}

/** Places a release, proves it and moves all users to it, by the steps' own code. */
export async function serve(
  target: MemoryTarget,
  color: Color,
  record: ReleaseRecord,
  number: number,
): Promise<void> {
  await prove(target, color, record, number);
  expect(await switchTraffic(target, switchInput(color, record.id, number))).toBe(0);
}

/** A target whose users get one release on blue, while another one waits on green, proven. */
export async function blueAndGreen(
  onBlue: ReleaseRecord,
  onGreen: ReleaseRecord,
): Promise<MemoryTarget> {
  const target = new MemoryTarget();
  await serve(target, "blue", onBlue, 1);
  await prove(target, "green", onGreen, 1);
  target.done.length = 0;
  return target;
}

/** Users of both sets, as soon as one of them gets this share. */
export async function askBothSets(
  target: MemoryTarget,
  percent: number,
  count: number,
  isBad: (color: Color) => boolean,
): Promise<void> {
  while ((await target.asidePercent()) !== percent || !target.tell) {
    await new Promise(setImmediate);
  }
  const at = Date.now() / 1000;
  for (let index = 0; index < count; index += 1) {
    for (const color of ["blue", "green"] as const) {
      const service = index % 2 ? "api" : "web";
      const client = `${color}${index}`;
      const path = `GET /${service}/`;
      target.tell({ at, color, service, client, path, seconds: 0.01, bad: isBad(color) });
    }
  }
}

/** Hears what steps say to operators, line by line, in place of the test's own output. */
export function hearSteps(): string[] {
  const said: string[] = [];
  const listen = (line: string) => void said.push(line);
  jest.spyOn(console, "log").mockImplementation(listen);
  jest.spyOn(console, "error").mockImplementation(listen);
  return said;
}
