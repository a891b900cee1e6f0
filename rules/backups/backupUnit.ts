import { renderOneshot, renderTimer, unitText } from "../host/unitText";

/** What runs `maestro backup take` on a stack's host. */
export interface BackupUnitInput {
  readonly stack: string;
  /** Prefix of the stack's names: `shop-demo`. */
  readonly prefix: string;
  /** Command line of the program, by absolute paths. */
  readonly program: readonly string[];
  /** Directory of the project. */
  readonly root: string;
  /** Directories that it writes to, absolute: where backups and the stack's records are, and what Pulumi keeps. */
  readonly writes: readonly string[];
}

/** Parts of an upload to S3 are 64 MiB, and two of them are in memory; Pulumi's CLI tells the state beside that. */
const MEMORY = "1G";

/**
 * A unit of systemd that takes a backup. Its exit code is the backup's, so a monitor of failed units sees one that fails.
 * What the deployer's environment has beside, such as the passphrase, is in a file that only root needs to read.
 */
export function renderBackupUnit(input: BackupUnitInput): string {
  const { stack, prefix, program, root, writes } = input;
  return renderOneshot({
    description: `Backup of ${unitText(stack)}`,
    command: [...program, "backup", "take", "--stack", stack, "--on-host"],
    ...{ root, writes },
    service: [
      "Environment=MAESTRO_REASON=scheduled",
      `EnvironmentFile=-/etc/maestro/${unitText(prefix)}.env`,
      "TimeoutStartSec=12h",
      `MemoryMax=${MEMORY}`,
      "CPUWeight=20",
      "IOWeight=20",
      "UMask=0077",
    ],
  });
}

/** The timer of that unit. @param calendar as systemd writes times: `*-*-* 02:00:00`. */
export function renderBackupTimer({ stack }: { readonly stack: string }, calendar: string): string {
  return renderTimer(`Takes backups of ${unitText(stack)}`, calendar, "30min");
}
