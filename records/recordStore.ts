/**
 * Where a stack's records are kept: JSON documents by key, such as `blue` or `releases/ec9ddeeb33f4`. A target brings
 * its own. What is written survives a crash, and a reader sees the old document or the new one, never half of it.
 */
export interface RecordStore {
  /** Whether the stack has ever written a record. */
  exists(): Promise<boolean>;
  /**
   * The document; null: there is none.
   *
   * @throws Error naming the document when it is damaged.
   */
  read<T>(key: string): Promise<T | null>;
  write(key: string, value: unknown): Promise<void>;
  /**
   * Writes a document that nothing may ever change.
   *
   * @returns false where another one has the key already, and stays as it is.
   */
  create(key: string, value: unknown): Promise<boolean>;
  /** Removes a document, if it is there. */
  remove(key: string): Promise<void>;
  /** Keys below `prefix` by one step, the one written last first. */
  list(prefix: string): Promise<readonly string[]>;
}
