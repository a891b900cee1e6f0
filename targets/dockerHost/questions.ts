import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import { checkImages } from "../../host/imagePreflight";
import { findMachineProblems } from "../../host/machineProblems";
import { observeHost } from "../../host/observe";
import type { EdgeRecord } from "../../records/stackRecords";
import { COLORS, type ImageDeclarations, type Release } from "../../release/release";
import { PlanError, refuse, type ObservedState, type RolloutPlan } from "../../release/rolloutPlan";
import type { HistoryRevision } from "../../rules/database/alembicHistory";
import { hasMigrations } from "../../rules/database/migrationServices";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { findCertificateProblems } from "../../rules/edge/certificate";
import { listenUrl } from "../../rules/edge/listenUrl";
import { LABELS } from "../../rules/host/containerLabels";
import { findEngineProblems } from "../../rules/host/engineNeeds";
import type { RevisionSource } from "../target";

/** The edge's certificate as it is on the host. */
export interface EdgeCertificate {
  /** One hash over both files, so that a renewed certificate is a change. */
  readonly fingerprint: string;
  /** What is wrong with it, one line each. */
  readonly problems: readonly string[];
}

/** What an update asks a Docker host, its engine, its edge and the registry before it touches anything. */
export class HostQuestions {
  private asked: number | null = null;

  constructor(
    private readonly host: Host,
    private readonly settings: Settings,
    private readonly prefix: string,
  ) {}

  /** Processors of the host; null: {@link checkEngine} has not been told them. */
  get processors(): number | null {
    return this.asked;
  }

  /** See `observeHost`. */
  observe(): Promise<ObservedState | null> {
    const { directory, edge } = this.settings;
    const { prefix } = this;
    return observeHost(this.host, { directory, edgeUrl: listenUrl(edge.listen), prefix });
  }

  /** @throws PlanError naming who has what a new stack wants of the host, and what is free. */
  async checkMachine(edge: EdgeRecord | null): Promise<void> {
    const { host, settings, prefix } = this;
    refuse(await findMachineProblems(host, { stack: pulumi.getStack(), prefix, settings, edge }));
  }

  /**
   * Looks at the edge's certificate, before nginx does; null: it has none, or one that is issued to it. That is no update's
   * concern: a release must not wait for an authority.
   */
  async readCertificate(): Promise<EdgeCertificate | null> {
    const own = this.settings.edge.tls?.files ?? null;
    if (own === null) return null;
    const { files } = this.host;
    const [certificate, key] = await Promise.all([
      files.read(own.certificateFile),
      files.read(own.keyFile),
    ]);
    const hash = createHash("sha256");
    for (const content of [certificate, key]) hash.update(content ?? "");
    return {
      fingerprint: hash.digest("hex"),
      problems: findCertificateProblems({ certificate, key }, own, Date.now()),
    };
  }

  /** @throws PlanError when nginx could not serve with the edge's certificate, or browsers would refuse it. */
  async checkCertificate(certificate: EdgeCertificate | null): Promise<void> {
    await Promise.resolve();
    refuse(certificate?.problems ?? []);
  }

  /** @throws PlanError when the host's engine is too old, or has fewer processors than a service wants. */
  async checkEngine(release: Release): Promise<void> {
    const engine = await this.host.engine();
    const [version, info] = await Promise.all([
      engine.version(),
      engine.info() as Promise<{ NCPU: number }>,
    ]);
    this.asked = info.NCPU;
    const { name } = this.host;
    const facts = { apiVersion: version.ApiVersion, processors: info.NCPU, host: name };
    refuse(findEngineProblems(facts, release));
  }

  /** See `checkImages`. */
  checkImages(release: Release): Promise<ImageDeclarations> {
    return checkImages(this.host, release, this.settings.registry);
  }

  /** See `readHistory`: it starts a container, and loads a Docker client, which costs every plan its time. */
  async readHistory(source: RevisionSource): Promise<readonly HistoryRevision[] | null> {
    const { readHistory } = await import("../../host/readRevisions");
    return readHistory(await this.host.engine(), source, this.prefix);
  }

  /** See `memoryBytes`: what is only shown holds nothing up. */
  async memoryBytes(): Promise<number | null> {
    try {
      const { MemTotal } = (await (await this.host.engine()).info()) as { MemTotal?: number };
      return MemTotal || null;
    } catch {
      return null;
    }
  }

  /** See `readUpgradeSql`; it costs what `readHistory` does. */
  async readUpgradeSql(source: RevisionSource, from: readonly string[]): Promise<string> {
    const { readUpgradeSql } = await import("../../host/readRevisions");
    return readUpgradeSql(await this.host.engine(), source, from, this.prefix);
  }

  /**
   * Looks at the stack's own database server before it is changed or taken away: every set uses it, the one that serves
   * too, and no release of the services can be proven against another one first.
   *
   * @throws PlanError when a new image cannot be had or cannot read the data that are there, or when the setting is gone
   * and the server runs.
   */
  async checkDatabaseServer({ sets }: RolloutPlan): Promise<void> {
    const { postgres } = this.settings;
    const isUsed = COLORS.some((color) => sets[color] && hasMigrations(sets[color].record));
    if (postgres === null && !isUsed) return;
    const { dataVersion, findServer, imageVersion } = await import("../../host/serverVersion");
    const engine = await this.host.engine();
    const name = postgresContainerName(this.prefix);
    const found = await findServer(engine, name);
    if (found === null || found.image === postgres?.image) return;
    if (postgres === null) {
      if (!found.running) return;
      throw new PlanError(
        `maestro:postgres: is missing, and would be taken away: ${name}, which services' databases are on; set it to ` +
          `{ image: ${found.image} } again, or show that it is not needed any more: \`docker stop ${name}\``,
      );
    }
    const [has, wants] = await versionsOf([
      dataVersion(engine, name),
      imageVersion(engine, postgres.image, { [LABELS.stack]: this.prefix }),
    ]);
    if (has && wants && wants !== has) {
      throw new PlanError(
        `maestro:postgres.image: is PostgreSQL ${wants}, which cannot read the data of ${has} in volume ${name}; set it ` +
          `back to ${found.image}, or move the data first (\`npm run migrate -- backup\`)`,
      );
    }
    void pulumi.log.warn(
      `${name}: is replaced for its new image; until it is up again no service reaches its database`,
    );
  }
}

async function versionsOf(asked: readonly Promise<string | null>[]): Promise<(string | null)[]> {
  try {
    return await Promise.all(asked);
  } catch (error) {
    throw new PlanError(`maestro:postgres.image: ${(error as Error).message}`);
  }
}
