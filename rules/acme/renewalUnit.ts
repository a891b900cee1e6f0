import { renderOneshot, renderTimer, STEPPED_BACK, unitText } from "../host/unitText";

/** What runs `maestro certificate renew` on a stack's host. */
export interface RenewalUnitInput {
  readonly stack: string;
  /** Command line of the program, by absolute paths. */
  readonly program: readonly string[];
  /** Directory of the project. */
  readonly root: string;
  /** Directories that it writes to, absolute: the stack's own, and the project's for what is not on record elsewhere. */
  readonly writes: readonly string[];
}

/** A unit of systemd that renews a stack's certificate where it is due. It is root: the key is the edge's own user's. */
export function renderRenewalUnit({ stack, program, root, writes }: RenewalUnitInput): string {
  return renderOneshot({
    description: `Certificate of ${unitText(stack)}, renewed where it is due`,
    command: [...program, "certificate", "renew", "--stack", stack, "--on-host"],
    ...{ root, writes },
    service: ["TimeoutStartSec=1h", STEPPED_BACK, "UMask=0022"],
  });
}

/**
 * The timer of that unit: twice a day, at a time that is another one on each host and the same each day, so that an authority
 * is not asked by all at once.
 */
export function renderRenewalTimer({ stack }: Pick<RenewalUnitInput, "stack">): string {
  const description = `Looks twice a day whether the certificate of ${unitText(stack)} is due`;
  return renderTimer(description, "*-*-* 00,12:00:00", "12h");
}
