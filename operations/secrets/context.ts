import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { changeOrigin } from "../../config/changeOrigin";
import { nearestName } from "../../config/nearestName";
import type { Settings } from "../../config/settings";
import { connectHost } from "../../host/connectHost";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { COLORS } from "../../release/release";
import { secretName } from "../../rules/serviceSecrets";
import { noteEvent } from "../../steps/shared/noteEvent";
import { openStore } from "../../secretStore/openStore";
import type { SecretStore, SecretValues } from "../../secretStore/store";
import { SecretMissing } from "../../secretStore/store";
import { projectName, instanceRoot } from "../../config/project";
import { stateRoot } from "../../config/paths";
import { readUnreleasedSettings } from "../shared/stackFile";

/** What a command on secrets changed: names and versions, never a value. */
export interface SecretChange {
  readonly service: string;
  readonly version: string;
  readonly keys: readonly string[];
}

/** A stack's secrets with all that commands on them need. The host is connected only when a command asks it. */
export class SecretsContext {
  private connected: Promise<Host> | null = null;
  private opened: SecretStore | null = null;

  private constructor(
    readonly stack: string,
    /** Service -> names it declares; services without secrets are left out. */
    readonly declared: Readonly<Record<string, readonly string[]>>,
    private readonly settings: Settings,
  ) {}

  /** Opens a stack's secrets, does it, and ends the connection to the host, if there is one. */
  static async use<T>(stack: string, action: (context: SecretsContext) => Promise<T>): Promise<T> {
    const settings = readUnreleasedSettings(stack);
    const declared = [...Object.entries(settings.services), ...Object.entries(settings.stateful)]
      .map(([name, service]) => [name, service.secrets.map(secretName)] as const)
      .filter(([, names]) => names.length > 0);
    const context = new SecretsContext(stack, Object.fromEntries(declared), settings);
    try {
      await context.openStore();
      return await action(context);
    } finally {
      if (context.connected) (await context.connected).close();
    }
  }

  get store(): SecretStore {
    return this.opened!;
  }

  /** The services a command means: the one named, or all that have secrets. */
  select(service: string | undefined): string[] {
    const names = Object.keys(this.declared);
    if (service === undefined) return names;
    if (names.includes(service)) return [service];
    if (names.length === 0) {
      throw new Error(
        `services: none has secrets on stack ${this.stack}; name them under \`secrets\``,
      );
    }
    const nearest = nearestName(service, names);
    throw new Error(
      `${service}: has no secrets in services.yaml; ` +
        (nearest ? `did you mean ${nearest}?` : `services with secrets: ${names.join(", ")}`),
    );
  }

  /** @throws Error when a service does not declare a key: it would never be delivered. */
  requireDeclared(service: string, keys: readonly string[]): void {
    const [declared = []] = this.select(service).map((name) => this.declared[name]);
    for (const key of keys) {
      if (declared.includes(key)) continue;
      const nearest = nearestName(key, declared);
      throw new Error(
        `services.${service}.secrets: does not name ${key}, it names ${declared.join(", ")}; ` +
          (nearest ? `did you mean ${nearest}?` : "add it there first"),
      );
    }
  }

  /** Version that serves users now; null: none, or without secrets. */
  async servingVersion(service: string): Promise<string | null> {
    const host = await this.hostDirectory();
    const color = await host.edge.readActiveColor();
    const placement = color && (await host.records.readPlacement(color));
    const beside = await host.records.stateful.read(service);
    if (beside) return beside.applied?.secrets?.version ?? null;
    return placement?.record.services[service]?.secretVersion ?? null;
  }

  /** Names and values of the current version; empty when the service has none yet. */
  async currentValues(service: string): Promise<SecretValues> {
    try {
      return await this.store.read(service, null);
    } catch (error) {
      if (error instanceof SecretMissing) return {};
      throw error;
    }
  }

  /** Writes a new version that has `values` besides what the current one has, and notes who did it. */
  async change(action: string, service: string, values: SecretValues): Promise<SecretChange> {
    const all = { ...(await this.currentValues(service)), ...values };
    const version = await this.store.write(service, all);
    const keys = Object.keys(values).sort();
    await this.audit(action, service, version, keys);
    return { service, version, keys };
  }

  /** Appends a line to `.maestro/audit/<stack>.secrets.jsonl`, and an event to what has happened to the stack. */
  async audit(
    action: string,
    service: string,
    version: string,
    keys: readonly string[],
  ): Promise<void> {
    const file = path.join(stateRoot(), "audit", `${this.stack}.secrets.jsonl`);
    mkdirSync(path.dirname(file), { recursive: true });
    const { at, by, commit } = changeOrigin((text) => console.error(text));
    const line = { at, by, commit, stack: this.stack, action, service, version, keys };
    appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    await this.note(service, `${action} ${keys.join(", ")}: version ${version}`);
  }

  /** A stack without records was never released; a secret is changed though its host cannot be reached. */
  private async note(service: string, reason: string): Promise<void> {
    try {
      const { records } = await this.hostDirectory();
      if (await records.exists()) {
        await noteEvent(records, { kind: "secret changed", service, reason });
      }
    } catch (error) {
      console.error(
        `"secret changed" is not in the stack's events: ${(error as Error).message}; ` +
          "it is in .maestro/audit on this machine",
      );
    }
  }

  private async openStore(): Promise<void> {
    this.opened = await openStore({
      secrets: this.settings.secrets,
      project: projectName(),
      stack: this.stack,
      root: instanceRoot(),
      needed: (service) => this.neededVersions(service),
    });
  }

  private async hostDirectory(): Promise<HostDirectory> {
    this.connected ??= connectHost(this.settings.host);
    return new HostDirectory(await this.connected, this.settings.directory);
  }

  /** Versions that a release may come back with. */
  private async neededVersions(service: string): Promise<string[]> {
    const host = await this.hostDirectory();
    const placed = await Promise.all(COLORS.map((color) => host.records.readPlacement(color)));
    const records = [...(await host.records.listReleases()), ...placed.map((one) => one?.record)];
    const beside = (await host.records.stateful.read(service))?.applied?.secrets;
    const versions = records.flatMap((record) => record?.services[service]?.secretVersion ?? []);
    return beside ? [beside.version, ...versions] : versions;
  }
}
