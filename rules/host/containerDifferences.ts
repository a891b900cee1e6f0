import type { Difference, Found } from "./difference";
import type { InspectedContainer, InspectedImage } from "./inspectedContainer";
import type { ExpectedContainer } from "./expectedContainer";
import { fileDifferences } from "./fileDifferences";

/** The limits of a container; the one of processes is set after it is made, since the provider knows none. */
export const LIMITS = {
  memory: "memory",
  swap: "memory with swap",
  processors: "processors",
  processes: "processes",
} as const;

/** What the Engine says of the limits that its kernel has. */
export interface EngineLimits {
  readonly MemoryLimit?: boolean;
  readonly SwapLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly PidsLimit?: boolean;
}

const MEGABYTE = 1024 * 1024;
const NANOS_PER_CPU = 1e9;
const NO_LIMIT = "no limit";
/** The Engine's way to say that the kernel has no limit for swap; it then leaves out what was asked for. */
const NO_SWAP_LIMIT = -1;

/**
 * What of a container is not as its release's record says.
 *
 * @param image the image it was made from; null: that is gone, and what the image may have added is not judged.
 */
export function findDifferences(
  expected: ExpectedContainer,
  actual: InspectedContainer,
  image: InspectedImage | null,
): Difference[] {
  const found = [
    ...processDifferences(expected, actual, image),
    ...environmentDifferences(expected, actual, image),
    ...labelDifferences(expected, actual),
    ...limitDifferences(expected, actual),
    ...isolationDifferences(actual),
    ...fileDifferences(expected, actual, image),
    ...addressDifferences(expected, actual),
  ];
  return found.map((difference) => ({ container: expected.name, ...difference }));
}

/** A difference in words: `container x: memory: wanted 256 MB, got 128 MB`. */
export function describeDifference({ container, what, wanted, got }: Difference): string {
  return `container ${container}: ${what}: wanted ${wanted}, got ${got}`;
}

/** Whether the Engine left a limit out, as it does with a warning where the kernel has none of that kind. */
export function isLeftOut({ got }: Difference): boolean {
  return got === NO_LIMIT;
}

/** The differences that are none of the container's: limits which the host's kernel does not have. */
export function withoutMissingLimits(
  differences: readonly Difference[],
  engine: EngineLimits,
): Difference[] {
  const has: Readonly<Record<string, boolean | undefined>> = {
    [LIMITS.memory]: engine.MemoryLimit,
    [LIMITS.swap]: engine.SwapLimit,
    [LIMITS.processors]: engine.CpuCfsQuota,
    [LIMITS.processes]: engine.PidsLimit,
  };
  return differences.filter((found) => !isLeftOut(found) || has[found.what] !== false);
}

function differs(what: string, wanted: string, got: string): Found[] {
  return wanted === got ? [] : [{ what, wanted, got }];
}

function processDifferences(
  expected: ExpectedContainer,
  { Config }: InspectedContainer,
  image: InspectedImage | null,
): Found[] {
  const own = expected.command ?? (image ? (image.Config?.Cmd ?? []) : null);
  return [
    ...differs("image", expected.image, Config.Image),
    ...(own === null
      ? []
      : differs("command", JSON.stringify(own), JSON.stringify(Config.Cmd ?? []))),
    ...differs("user", expected.user, Config.User || "root"),
    ...differs("time to stop", `${expected.stopSeconds} s`, seconds(Config.StopTimeout)),
  ];
}

function environmentDifferences(
  { environment, secretVariables }: ExpectedContainer,
  { Config }: InspectedContainer,
  image: InspectedImage | null,
): Found[] {
  const actual = variables(Config.Env);
  const ofImage = image && variables(image.Config?.Env);
  const wrong = Object.entries(environment).flatMap(([name, value]) => {
    const got = actual.get(name);
    const what = `variable ${name}`;
    if (got === undefined) return [{ what, wanted: "the record's value", got: "none" }];
    return got === value ? [] : [{ what, wanted: "the record's value", got: "another one" }];
  });
  const missing = secretVariables
    .filter((name) => !actual.has(name))
    .map((name) => ({ what: `variable ${name}`, wanted: "a secret's value", got: "none" }));
  const known = new Set([...Object.keys(environment), ...secretVariables]);
  const surplus = [...actual].flatMap(([name, value]) =>
    !ofImage || known.has(name) || ofImage.get(name) === value
      ? []
      : [
          {
            what: `variable ${name}`,
            wanted: ofImage.has(name) ? "the image's value" : "none",
            got: "one",
          },
        ],
  );
  return [...wrong, ...missing, ...surplus];
}

function labelDifferences({ labels }: ExpectedContainer, { Config }: InspectedContainer): Found[] {
  return Object.entries(labels).flatMap(([label, value]) =>
    differs(`label ${label}`, value, Config.Labels?.[label] ?? "none"),
  );
}

function limitDifferences(
  expected: ExpectedContainer,
  { HostConfig }: InspectedContainer,
): Found[] {
  const { Memory, MemorySwap, NanoCpus, PidsLimit } = HostConfig;
  const swap = MemorySwap === NO_SWAP_LIMIT ? expected.memoryBytes : MemorySwap;
  return [
    ...differs(LIMITS.memory, bytes(expected.memoryBytes), bytes(Memory)),
    ...differs(LIMITS.swap, bytes(expected.memoryBytes), bytes(swap)),
    ...differs(
      LIMITS.processors,
      count(expected.nanoCpus / NANOS_PER_CPU),
      count((NanoCpus ?? 0) / NANOS_PER_CPU),
    ),
    ...differs(LIMITS.processes, count(expected.processes), count(PidsLimit)),
  ];
}

function isolationDifferences({ HostConfig }: InspectedContainer): Found[] {
  const { ReadonlyRootfs, Privileged, CapAdd, CapDrop, SecurityOpt } = HostConfig;
  const dropsAll = (CapDrop ?? []).some((name) => name.toUpperCase() === "ALL");
  const noNew = (SecurityOpt ?? []).some((option) =>
    /^no-new-privileges(?:[:=]true)?$/.test(option),
  );
  return [
    ...differs("root file system", "read-only", ReadonlyRootfs ? "read-only" : "writable"),
    ...differs("capabilities", "all dropped", dropsAll ? "all dropped" : list(CapDrop, "dropped")),
    ...differs("added capabilities", "none", list(CapAdd, "added")),
    ...differs("new privileges", "refused", noNew && !Privileged ? "refused" : "possible"),
  ];
}

function addressDifferences(
  { network, address }: ExpectedContainer,
  { NetworkSettings }: InspectedContainer,
): Found[] {
  const attached = NetworkSettings.Networks?.[network];
  if (!attached) return [{ what: "network", wanted: network, got: "none" }];
  // Asked for, not held: a container that is stopped holds none.
  const got = attached.IPAMConfig?.IPv4Address ?? "any";
  return address === null ? [] : differs(`address in ${network}`, address, got);
}

function variables(lines: readonly string[] | null | undefined): Map<string, string> {
  return new Map(
    (lines ?? []).map((line) => {
      const end = line.indexOf("=");
      return end < 0 ? [line, ""] : [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

function bytes(size: number | undefined): string {
  if (!size) return NO_LIMIT;
  return size % MEGABYTE === 0 ? `${size / MEGABYTE} MB` : `${size} bytes`;
}

function count(limit: number | null | undefined): string {
  return limit ? String(limit) : NO_LIMIT;
}

function seconds(time: number | null | undefined): string {
  return time === null || time === undefined ? "the Engine's own" : `${time} s`;
}

function list(names: readonly string[] | null | undefined, done: string): string {
  return names && names.length > 0 ? `${names.join(", ")} ${done}` : "none";
}
