import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stackFilePath } from "../config/project";
import type { SecretContent } from "../rules/serviceSecrets";
import { pulumiEnvironment } from "../config/pulumiEnvironment";
import {
  parseSecret,
  SecretError,
  SecretMissing,
  type SecretStore,
  type SecretValues,
  type SecretVersion,
} from "./store";
import { editYaml, readYaml } from "../config/yamlFile";

/** What the file tells of a version without decrypting it. */
interface VersionNote {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly keys: readonly string[];
}

/** How many versions of a service's secrets are kept, besides those that somebody still needs. */
const KEPT_VERSIONS = 20;

const HEADER =
  "# Secrets of this stack. Values are encrypted by the stack's secrets provider; `npm run secrets` changes them.\n";

/**
 * Secrets in the stack's own encrypted configuration, `Pulumi.<stack>.secrets.yaml`: a configuration file that only
 * this store gives to Pulumi. So an update itself never decrypts it, and no value can reach the program's environment,
 * the state or a log.
 *
 * Each version is one secret, a JSON document; beside it, readable, its names and its time.
 */
export class LocalStore implements SecretStore {
  private decrypted: Promise<Record<string, string>> | null = null;

  /** @param root the project's directory. */
  constructor(
    private readonly root: string,
    private readonly stack: string,
    /** Versions of a service that some release on the host still needs. */
    private readonly needed: (service: string) => Promise<readonly string[]> = () =>
      Promise.resolve([]),
  ) {}

  nameOf(service: string): string {
    return `${service} in ${this.fileName}`;
  }

  look(service: string, version: string | null): Promise<SecretContent> {
    return attempt(() => {
      const { id, keys } = this.find(service, version);
      return { version: id, keys: [...keys].sort(), emptyKeys: [] };
    });
  }

  async read(service: string, version: string | null): Promise<SecretValues> {
    const { id } = this.find(service, version);
    this.decrypted ??= this.decrypt();
    const text = (await this.decrypted)[`${service}:${id}`];
    if (text === undefined) {
      throw new SecretError(
        `${this.nameOf(service)}: version ${id} has no value; restore the file`,
      );
    }
    return parseSecret(this.nameOf(service), text);
  }

  list(service: string): Promise<readonly SecretVersion[]> {
    const stages = ["current", "previous"] as const;
    return attempt(() =>
      this.notes(service).map(({ id, at }, index) => ({
        version: id,
        stage: stages[index] ?? null,
        createdAt: at,
      })),
    );
  }

  async write(service: string, values: SecretValues): Promise<string> {
    const id = `v${randomBytes(6).toString("hex")}`;
    const note: VersionNote = {
      id,
      at: new Date().toISOString(),
      keys: Object.keys(values).sort(),
    };
    const needed = new Set(await this.needed(service));
    const versions = [note, ...this.notes(service)];
    const kept = versions.filter(
      (version, index) => index < KEPT_VERSIONS || needed.has(version.id),
    );
    const dropped = versions.filter((version) => !kept.includes(version));
    await this.change(async (file) => {
      const key = `${service}:${id}`;
      await this.pulumi(["config", "set", "--secret", key], file, JSON.stringify(values));
      editYaml(file, (document) => {
        document.setIn(["config", `${service}:versions`], document.createNode(kept));
        for (const old of dropped) document.deleteIn(["config", `${service}:${old.id}`]);
      });
    });
    return id;
  }

  async restore(service: string, version: string): Promise<void> {
    const chosen = this.find(service, version);
    const others = this.notes(service).filter(({ id }) => id !== version);
    await this.change((file) => {
      editYaml(file, (document) => {
        document.setIn(["config", `${service}:versions`], document.createNode([chosen, ...others]));
      });
      return Promise.resolve();
    });
  }

  managed(): Promise<null> {
    return Promise.resolve(null);
  }

  private get fileName(): string {
    return `Pulumi.${this.stack}.secrets.yaml`;
  }

  private get file(): string {
    return path.join(this.root, this.fileName);
  }

  private find(service: string, version: string | null): VersionNote {
    const notes = this.notes(service);
    if (notes.length === 0) {
      throw new SecretMissing(
        `${this.nameOf(service)} is not there; make it with \`npm run secrets -- generate --stack ${this.stack}\`, ` +
          `or \`npm run secrets -- set --stack ${this.stack} --service ${service} <KEY>\``,
      );
    }
    const found = version === null ? notes[0] : notes.find(({ id }) => id === version);
    if (found) return found;
    throw new SecretError(
      `${this.nameOf(service)} has no version ${version} any more; its versions are ${notes.map(({ id }) => id).join(", ")}`,
    );
  }

  private notes(service: string): readonly VersionNote[] {
    const content = readYaml(this.file).toJS() as { config?: Record<string, unknown> } | null;
    const notes = content?.config?.[`${service}:versions`] ?? [];
    if (!Array.isArray(notes)) {
      throw new SecretError(
        `${this.fileName}: ${service}:versions must be a list; restore the file`,
      );
    }
    return notes as VersionNote[];
  }

  /** Changes a copy and puts it in place whole: a kill leaves the old file or the new one. */
  private async change(edit: (file: string) => Promise<void>): Promise<void> {
    const copy = path.join(this.root, `.${this.fileName}.${process.pid}.yaml`);
    if (existsSync(this.file)) copyFileSync(this.file, copy);
    else this.begin(copy);
    try {
      await edit(copy);
      renameSync(copy, this.file);
      this.decrypted = null;
    } finally {
      rmSync(copy, { force: true });
    }
  }

  /** A new file is encrypted as the stack's own secrets are. */
  private begin(file: string): void {
    writeFileSync(file, HEADER, { mode: 0o600 });
    const own = readYaml(stackFilePath(this.stack, this.root));
    editYaml(file, (document) => {
      for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) {
        const value = own.get(key);
        if (value !== undefined) document.set(key, value);
      }
    });
  }

  private async decrypt(): Promise<Record<string, string>> {
    const text = await this.pulumi(["config", "--json", "--show-secrets"], this.file);
    const all = JSON.parse(text) as Record<string, { value?: string }>;
    return Object.fromEntries(Object.entries(all).map(([key, { value = "" }]) => [key, value]));
  }

  /** Values go in by standard input and come out by standard output, never by arguments or environment. */
  private async pulumi(args: readonly string[], file: string, input = ""): Promise<string> {
    // Loaded only here: a look at names and versions runs nothing, and every update makes one.
    const { default: execa } = await import("execa");
    const result = await execa(
      "pulumi",
      [...args, "--config-file", file, "--stack", this.stack, "--non-interactive"],
      { cwd: this.root, env: pulumiEnvironment(), input, reject: false },
    );
    if (result.exitCode === 0) return result.stdout;
    throw new SecretError(
      `${this.fileName}: cannot be ${input === "" ? "read" : "written"}: ${result.stderr.trim()}`,
    );
  }
}

function attempt<T>(action: () => T): Promise<T> {
  return new Promise((resolve) => resolve(action()));
}
