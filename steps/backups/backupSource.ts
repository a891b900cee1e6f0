import type { Color, ReleaseRecord } from "../../release/release";
import type { BackupSettings } from "../../rules/backups/backupSettings";
import type { SecretsSettings } from "../../rules/serviceSecrets";

/** A stack and the set whose databases are meant. */
export interface BackupSource {
  readonly stack: string;
  readonly prefix: string;
  /** The stack's, on the host. */
  readonly directory: string;
  readonly secrets: SecretsSettings;
  readonly color: Color;
  readonly record: ReleaseRecord;
  readonly settings: BackupSettings;
}
