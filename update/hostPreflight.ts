import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { EdgeSettings, PostgresSettings, Settings } from "../config/settings";
import type { Host } from "../host/host";
import type { EdgeRecord } from "../records/stackRecords";
import { findMachineProblems } from "../host/machineProblems";
import { findCertificateProblems } from "../rules/edge/certificate";
import { LABELS } from "../rules/host/containerLabels";
import { findEngineProblems } from "../rules/host/engineNeeds";
import { postgresContainerName } from "../rules/database/postgresLayout";
import { hasMigrations } from "../rules/database/migrationServices";
import { COLORS, type Release } from "../release/release";
import { PlanError, type RolloutPlan } from "../release/rolloutPlan";

/** The edge's certificate as it is on the host. */
export interface EdgeCertificate {
  /** One hash over both files, so that a renewed certificate is a change. */
  readonly fingerprint: string;
  /** What is wrong with it, one line each. */
  readonly problems: readonly string[];
}

/** Looks at the edge's certificate, before nginx does. */
export async function readCertificate(
  { files }: Host,
  paths: NonNullable<EdgeSettings["tls"]>,
): Promise<EdgeCertificate> {
  const [certificate, key] = await Promise.all([
    files.read(paths.certificateFile),
    files.read(paths.keyFile),
  ]);
  const hash = createHash("sha256");
  for (const content of [certificate, key]) hash.update(content ?? "");
  return {
    fingerprint: hash.digest("hex"),
    problems: findCertificateProblems({ certificate, key }, paths, Date.now()),
  };
}

/**
 * For a deploy alone: with traffic on a bad release, going back must not wait for a certificate.
 *
 * @throws PlanError when nginx could not serve with the edge's certificate, or browsers would refuse it.
 */
export async function checkCertificate(certificate: EdgeCertificate | null): Promise<void> {
  await Promise.resolve();
  refuse(certificate?.problems ?? []);
}

/** @throws PlanError naming who has what a new stack wants of the host, and what is free. */
export async function checkMachine(
  host: Host,
  prefix: string,
  settings: Settings,
  edge: EdgeRecord | null,
): Promise<void> {
  refuse(await findMachineProblems(host, { stack: pulumi.getStack(), prefix, settings, edge }));
}

/** @throws PlanError when the host's engine is too old, or has fewer processors than a service wants. */
export async function checkEngine(host: Host, release: Release): Promise<void> {
  const engine = await host.engine();
  const [version, info] = await Promise.all([
    engine.version(),
    engine.info() as Promise<{ NCPU: number }>,
  ]);
  const facts = { apiVersion: version.ApiVersion, processors: info.NCPU, host: host.name };
  refuse(findEngineProblems(facts, release));
}

/**
 * Looks at the stack's own database server before it is changed or taken away: every set uses it, the one that serves
 * too, and no release of the services can be proven against another one first.
 *
 * @throws PlanError when a new image cannot be had or cannot read the data that are there, or when the setting is gone
 * and the server runs.
 */
export async function checkDatabaseServer(
  host: Host,
  prefix: string,
  settings: PostgresSettings | null,
  { sets }: RolloutPlan,
): Promise<void> {
  const isUsed = COLORS.some((color) => sets[color] && hasMigrations(sets[color].record));
  if (settings === null && !isUsed) return;
  const { dataVersion, findServer, imageVersion } = await import("../host/serverVersion");
  const engine = await host.engine();
  const name = postgresContainerName(prefix);
  const found = await findServer(engine, name);
  if (found === null || found.image === settings?.image) return;
  if (settings === null) {
    if (!found.running) return;
    throw new PlanError(
      `maestro:postgres: is missing, and would be taken away: ${name}, which services' databases are on; set it to ` +
        `{ image: ${found.image} } again, or show that it is not needed any more: \`docker stop ${name}\``,
    );
  }
  const [has, wants] = await versionsOf([
    dataVersion(engine, name),
    imageVersion(engine, settings.image, { [LABELS.stack]: prefix }),
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

async function versionsOf(asked: readonly Promise<string | null>[]): Promise<(string | null)[]> {
  try {
    return await Promise.all(asked);
  } catch (error) {
    throw new PlanError(`maestro:postgres.image: ${(error as Error).message}`);
  }
}

/** @throws PlanError with everything that is wrong, one line each. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new PlanError(problems.join("\n  "));
}

/**
 * Waits for all checks, so that one update tells everything that is wrong.
 *
 * @param isExpected whether an error is about what the operator can mend.
 * @throws PlanError with what the checks have found; any other error as it is.
 */
export async function checkAll(
  checks: readonly Promise<unknown>[],
  isExpected: (error: unknown) => boolean,
): Promise<void> {
  const outcomes = await Promise.allSettled(checks);
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [outcome.reason as Error] : [],
  );
  const strange = errors.find((error) => !isExpected(error));
  if (strange) throw strange;
  refuse(errors.map(({ message }) => message));
}
