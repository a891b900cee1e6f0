import type { Readable } from "node:stream";
import type Docker from "dockerode";
import type { Answer, AskOptions } from "../rules/host/asking";

/** A file in a directory of the host. */
export interface HostFile {
  readonly name: string;
  /** When its content last changed, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** How a file is to be written. */
export interface WriteOptions {
  /** @default 0o644 */
  readonly mode?: number;
  /** User and group id that the file will belong to. @default - who writes it */
  readonly owner?: number;
}

/**
 * Files of a host, by absolute path. Each of these can be done twice without harm, so a host that was lost in between
 * may repeat it, except where it says otherwise.
 */
export interface HostFiles {
  /** The content; null: there is no such file. */
  read(file: string): Promise<Buffer | null>;
  /**
   * Replaces a file by rename, after its content has reached the disk: a reader or a crash sees the old or the new one,
   * never half of it. Directories that are missing are made.
   */
  write(file: string, content: string | Buffer, options?: WriteOptions): Promise<void>;
  /**
   * Makes a file that is not there, whole and on the disk at once.
   *
   * @returns false where there is one with another content, which stays as it is.
   */
  create(file: string, content: string): Promise<boolean>;
  /**
   * Replaces a file as {@link write} does, however long the content is. A host that is lost in between is an error: what has
   * flowed is not there to be written again.
   */
  writeFrom(file: string, content: Readable, options?: WriteOptions): Promise<void>;
  /** The content as it is read; null: there is no such file. */
  readFrom(file: string): Promise<Readable | null>;
  /** Removes a file, if it is there. */
  remove(file: string): Promise<void>;
  /** The files of a directory; none where there is no such directory. */
  list(directory: string): Promise<HostFile[]>;
  exists(file: string): Promise<boolean>;
  /** Bytes that whoever writes there may still write; null: there is no such directory, or its server does not say. */
  freeBytes(directory: string): Promise<number | null>;
  /** Returns once the directory's entries are on the disk: what was renamed or removed in it stays so after a crash. */
  sync(directory: string): Promise<void>;
}

/** The machine whose Docker Engine runs a stack, as the deployer reaches it: see `connectHost`. */
export interface Host {
  /** What messages call it: `this machine`, `ssh://deploy@demo.example.com`. */
  readonly name: string;
  readonly files: HostFiles;
  /** The host's Docker Engine. Loaded on first use: a client costs every update its time. */
  engine(): Promise<Docker>;
  /**
   * One request from the host itself, so its loopback is meant; see `ask`.
   *
   * @throws HostError when the host cannot be reached: that says nothing about what was asked.
   */
  ask(url: string, options?: AskOptions): Promise<Answer>;
  /** Ends the connection, if there is one. */
  close(): void;
}
