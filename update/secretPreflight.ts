import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../config/settings";
import { COLORS, type Color, type Release, type SecretUse } from "../release/release";
import { withLogin } from "../rules/database/databaseLogins";
import { PlanError, type RolloutPlan } from "../release/rolloutPlan";
import {
  deliveredSecrets,
  environmentSecrets,
  findSecretProblems,
  secretName,
  type SecretContent,
  type SecretVariables,
} from "../rules/serviceSecrets";
import type { ManagedSecret, SecretStore } from "../secretStore/store";

/**
 * Asks the stack's store of secrets before any resource is touched. A stack whose services have no secrets asks
 * nothing, and loads nothing to ask with.
 */
export class SecretPreflight {
  private readonly looks = new Map<string, Promise<SecretContent | string>>();
  private opened: Promise<SecretStore> | null = null;

  constructor(private readonly settings: Settings) {}

  /**
   * Service -> current version of its secrets, for a release with today's settings; a recorded release has its own.
   *
   * @param services those that it is about, and what they want. @default - all, with today's settings
   * @throws PlanError with everything that is wrong: what is missing, unreadable, forbidden or empty.
   */
  async currentVersions(
    services: Wanting = this.settings.services,
  ): Promise<Record<string, string>> {
    return this.settings.settingsFrom === null ? this.versionsOf(services) : {};
  }

  /** The same of services with settings of today, whichever release is asked for. */
  async versionsOf(services: Wanting): Promise<Record<string, string>> {
    const wanted = withSecrets(services);
    const versions = await Promise.all(
      wanted.map(async (service) => {
        const names = services[service]!.secrets.map(secretName);
        return { service, ...(await this.examine(service, names, null)) };
      }),
    );
    refuse(versions.flatMap(({ problems }) => problems));
    return Object.fromEntries(versions.map(({ service, version }) => [service, version]));
  }

  /** @throws PlanError when the store does not have what a release to be placed needs. */
  async check(release: Release): Promise<void> {
    const examined = await Promise.all(
      Object.entries(deliveredSecrets(release)).map(([service, { names, version }]) =>
        this.examine(service, names, version),
      ),
    );
    refuse(examined.flatMap(({ problems }) => problems));
  }

  /** The values of secrets that services want in plain variables, for the sets that a plan registers. */
  async variables(plan: RolloutPlan): Promise<SecretVariables> {
    const [blue, green] = await Promise.all(COLORS.map((color) => this.variablesOf(plan, color)));
    return { blue: blue ?? {}, green: green ?? {} };
  }

  /** Service -> the resource behind its secrets, where the store has such; whatever release serves. */
  async managed(): Promise<Record<string, ManagedSecret>> {
    const entries = await Promise.all(
      withSecrets(this.settings.services).map(async (service) => {
        const secret = await (await this.store()).managed(service);
        return secret ? [[service, secret] as const] : [];
      }),
    );
    return Object.fromEntries(entries.flat());
  }

  private async variablesOf(plan: RolloutPlan, color: Color) {
    const set = plan.sets[color];
    const values = Object.entries(set?.record.services ?? {}).map(async ([name, service]) => {
      const names = environmentSecrets(service);
      if (names.length === 0 || service.secretVersion === undefined) return [name, {}] as const;
      try {
        const stored = await (await this.store()).read(name, service.secretVersion);
        const prefix = `${pulumi.getProject()}-${pulumi.getStack()}`;
        const all = withLogin(prefix, stored, set?.record.logins?.[name]);
        return [name, Object.fromEntries(names.map((key) => [key, all[key] ?? ""]))] as const;
      } catch (error) {
        const { message } = error as Error;
        if (set?.touch) throw new PlanError(`services.${name}.secrets: ${message}`);
        // Its containers stay as they are. Going back to a set must not depend on the store.
        void pulumi.log.warn(
          `services.${name}.secrets: ${message}; a container of the ${color} set that got lost would be made without ` +
            `${names.join(", ")}`,
        );
        return [name, {}] as const;
      }
    });
    return Object.fromEntries(await Promise.all(values));
  }

  private async examine(service: string, names: readonly string[], version: string | null) {
    const look = await this.look(service, version);
    if (typeof look === "string") {
      return { version: "", problems: [`services.${service}.secrets: ${look}`] };
    }
    const secret = (await this.store()).nameOf(service);
    const problems = findSecretProblems(service, names, secret, look);
    return { version: look.version, problems };
  }

  /** What the store says of a version, or why it cannot; each version is asked for once. */
  private look(service: string, version: string | null): Promise<SecretContent | string> {
    const key = `${service}@${version}`;
    const known = this.looks.get(key);
    if (known) return known;
    const look = this.ask(service, version);
    this.looks.set(key, look);
    // What is current now has this version's content: it is not asked for again.
    void look.then((found) => {
      if (typeof found !== "string") this.looks.set(`${service}@${found.version}`, look);
    });
    return look;
  }

  private async ask(service: string, version: string | null): Promise<SecretContent | string> {
    const { SecretError } = await import("../secretStore/store");
    try {
      return await (await this.store()).look(service, version);
    } catch (error) {
      if (error instanceof SecretError) return error.message;
      throw error;
    }
  }

  private store(): Promise<SecretStore> {
    this.opened ??= import("../secretStore/openStore").then(({ openStore }) =>
      openStore({
        secrets: this.settings.secrets,
        project: pulumi.getProject(),
        stack: pulumi.getStack(),
        root: process.cwd(),
      }),
    );
    return this.opened;
  }
}

/** Services, and what they want of the store. */
type Wanting = Readonly<Record<string, { readonly secrets: readonly SecretUse[] }>>;

function withSecrets(services: Wanting): string[] {
  return Object.keys(services).filter((name) => services[name]!.secrets.length > 0);
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new PlanError(problems.join("\n  "));
}
