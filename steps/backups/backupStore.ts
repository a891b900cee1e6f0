import type { Readable } from "node:stream";

/** Where one stack's backups are: files without directories. A file is there whole, or not at all. */
export interface BackupStore {
  /** What messages call a file of it. */
  nameOf(file: string): string;
  /** Takes a file of any length as it comes. */
  write(file: string, content: Readable): Promise<void>;
  /** The content as it is read; null: there is no such file. */
  read(file: string): Promise<Readable | null>;
  list(): Promise<string[]>;
  remove(file: string): Promise<void>;
  /** Takes away what uploads have left that were begun before then and cut off. @default - it leaves nothing that `list` does not tell */
  removeTorn?(before: Date): Promise<void>;
}
