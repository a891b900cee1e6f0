import type { ContainerArgs } from "@pulumi/docker/container";
import { RESTART_POLICY } from "../../host/restartPolicy";
import type { ImageDeclaration } from "../../release/release";
import type { ScratchPath } from "../../release/release";
import { scratchSpace } from "../../rules/host/scratchSpace";

/** What a container of any kind may use. */
export interface ContainerLimits {
  readonly user: string;
  readonly resources: { readonly memoryMegabytes: number; readonly cpus: string };
  readonly stopGraceSeconds: number;
  readonly scratchPaths: readonly ScratchPath[];
  readonly imageVolumes?: "disk";
  /** What the image declares; left out: nothing. */
  readonly declared?: ImageDeclaration | undefined;
}

/**
 * The part of a container that keeps it in its place: read-only root, no capability, no new privileges, not root,
 * bounded memory and logs, and time to finish before it is killed.
 */
export function hardenedContainer(limits: ContainerLimits) {
  const { memoryMegabytes } = limits.resources;
  return {
    user: limits.user,
    readOnly: true,
    tmpfs: scratchSpace(limits, limits.declared),
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    memory: memoryMegabytes,
    // Docker sets twice the memory when left out, which the provider then reports as a difference for ever.
    memorySwap: memoryMegabytes,
    cpus: asProviderWrites(limits.resources.cpus),
    restart: RESTART_POLICY,
    // The provider kills at once unless told how long to wait.
    stopTimeout: limits.stopGraceSeconds,
    destroyGraceSeconds: limits.stopGraceSeconds,
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    mustRun: true,
  } satisfies Partial<ContainerArgs>;
}

/**
 * The provider writes whole processors into its state as `1.0`, and would replace the container for `1` at the next
 * update. (Of 10, 20 ... it makes `10.`, which it does not take itself: such a container is replaced in every release.)
 */
function asProviderWrites(cpus: string): string {
  const count = Number(cpus);
  return count > 0 && Number.isInteger(count) ? count.toFixed(1) : String(count);
}

/**
 * What the provider's update writes into its state and never tells Docker: the container goes on without it, and no
 * later update sees a difference. A change of these makes a new container. (A change of one mount of several is such an
 * update too, although a mount more or less replaces.)
 */
export const REPLACED_ON_CHANGE = [
  "attach",
  "cpuPeriod",
  "cpuQuota",
  "healthcheck",
  "init",
  "logs",
  "mounts",
  "rm",
  "tmpfs",
];

/**
 * What lasts longer than a release, the edge and the database, must not be replaced by a new version of this program;
 * what the operator changes on purpose still does.
 */
export const LASTING_IGNORED = [
  "capabilities",
  "command",
  "cpus",
  "destroyGraceSeconds",
  "labels",
  "logDriver",
  "logOpts",
  "mounts",
  "networksAdvanced",
  "readOnly",
  "restart",
  "securityOpts",
  "stopSignal",
  "stopTimeout",
  "tmpfs",
  "user",
];
