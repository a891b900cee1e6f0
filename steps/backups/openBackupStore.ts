import path from "node:path";
import type { Host } from "../../host/host";
import { s3PlaceOf, type BackupSettings } from "../../rules/backups/backupSettings";
import type { BackupStore } from "./backupStore";

/** Opens the store that a stack's configuration names. @param stack prefix of the stack's names. */
export async function openBackupStore(
  host: Host,
  settings: BackupSettings,
  stack: string,
): Promise<BackupStore> {
  const place = s3PlaceOf(settings.to);
  if (place === null) return directoryStore(host, path.posix.join(settings.to, stack));
  const { openS3Store } = await import("./s3Store").catch(refuseS3);
  return openS3Store(settings, place, stack);
}

/** An optional dependency: who keeps backups in a directory need not have it. */
function refuseS3(error: NodeJS.ErrnoException): never {
  if (error.code !== "MODULE_NOT_FOUND") throw error;
  throw new Error(
    "maestro:backups.to: S3 needs the packages @aws-sdk/client-s3 and @aws-sdk/lib-storage; " +
      "npm install @aws-sdk/client-s3@3.1164.0 @aws-sdk/lib-storage@3.1164.0",
  );
}

/** Only who made it may read what is not encrypted. */
const MODE = 0o600;

function directoryStore({ files }: Host, directory: string): BackupStore {
  const nameOf = (file: string) => path.posix.join(directory, file);
  return {
    nameOf,
    write: (file, content) => files.writeFrom(nameOf(file), content, { mode: MODE }),
    read: (file) => files.readFrom(nameOf(file)),
    list: async () => (await files.list(directory)).map(({ name }) => name),
    remove: (file) => files.remove(nameOf(file)),
  };
}
