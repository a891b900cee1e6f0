import * as path from "node:path";
import type { RecordStore } from "../records/recordStore";
import type { HostFiles } from "./host";

/** Records as files of a Docker host: `<root>/<key>.json`. */
export class RecordFiles implements RecordStore {
  constructor(
    private readonly files: HostFiles,
    private readonly root: string,
  ) {}

  exists(): Promise<boolean> {
    return this.files.exists(this.root);
  }

  async read<T>(key: string): Promise<T | null> {
    const file = this.fileOf(key);
    const content = await this.files.read(file);
    if (content === null) return null;
    try {
      return JSON.parse(content.toString("utf8")) as T;
    } catch {
      throw new Error(
        `${file}: is not JSON; restore it from a backup, or remove it and run \`pulumi up\` again`,
      );
    }
  }

  write(key: string, value: unknown): Promise<void> {
    return this.files.write(this.fileOf(key), textOf(value));
  }

  create(key: string, value: unknown): Promise<boolean> {
    return this.files.create(this.fileOf(key), textOf(value));
  }

  remove(key: string): Promise<void> {
    return this.files.remove(this.fileOf(key));
  }

  async list(prefix: string): Promise<readonly string[]> {
    const files = await this.files.list(path.posix.join(this.root, prefix));
    return files
      .filter(({ name }) => name.endsWith(".json"))
      .sort((a, b) => b.modifiedAt - a.modifiedAt)
      .map(({ name }) => path.posix.join(prefix, name.slice(0, -".json".length)));
  }

  private fileOf(key: string): string {
    return path.posix.join(this.root, `${key}.json`);
  }
}

function textOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
