import { X509Certificate } from "node:crypto";
import { containerState } from "../../host/engine";
import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import { COLORS } from "../../release/release";
import { readDeliveries } from "../../rules/analytics/deployments";
import { workOutDora } from "../../rules/analytics/doraFigures";
import { renderMetrics } from "../../rules/analytics/doraMetrics";
import type { HeldSets } from "../../rules/observability/heldSets";
import { rejectedSinceSuccess } from "../../rules/observability/rejections";
import { containersOf } from "../../targets/dockerHost/parts";
import { readCommits } from "../report/readCommits";
import type { Instruments } from "./instruments";

/** Figures of delivery are of this many days, and are worked out anew at least once an hour. */
const PERIOD_DAYS = 90;
const REFRESH_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;

/** What both sets hold by their records. */
export async function readHeldSets({ records }: HostDirectory): Promise<HeldSets> {
  const placements = await Promise.all(COLORS.map((color) => records.readPlacement(color)));
  return COLORS.flatMap((color, index) => {
    const placement = placements[index];
    return placement ? [{ color, record: placement.record, proven: placement.proven }] : [];
  });
}

/** Tells which set serves, and since when. */
export async function tellServing(
  directory: HostDirectory,
  sets: HeldSets,
  told: Instruments,
): Promise<void> {
  const [active, last] = await Promise.all([
    directory.edge.readActiveColor(),
    directory.records.readSwitch(),
  ]);
  told.forget("serving");
  for (const { color, record } of sets) {
    told.serving.set({ set: color, release: record.id }, color === active ? 1 : 0);
  }
  if (last) told.switchTimestamp.set(Date.parse(last.at) / 1000);
}

/** Tells whether the set to go back to is there; of a stack with one release so far there is none. */
export async function tellIdleSet(
  host: Host,
  directory: HostDirectory,
  { prefix, sets }: { readonly prefix: string; readonly sets: HeldSets },
  told: Instruments,
): Promise<void> {
  const active = await directory.edge.readActiveColor();
  const idle = sets.find(({ color }) => color !== active);
  if (active === null || idle === undefined) return told.forget("idleSetKept");
  const engine = await host.engine();
  const states = await Promise.all(
    containersOf(engine, prefix, idle).map(({ container }) => containerState(engine, container.id)),
  );
  const isKept = idle.proven && states.every((state) => state === "running");
  told.idleSetKept.set(isKept ? 1 : 0);
}

/** Tells when the edge's certificate ends; nothing where it has none. */
export async function tellCertificate(
  { files }: Host,
  file: string,
  told: Instruments,
): Promise<void> {
  const certificate = await files.read(file);
  told.forget("certificateExpiry");
  if (certificate === null) return;
  const { validTo } = new X509Certificate(certificate);
  told.certificateExpiry.set({ name: "edge" }, Date.parse(validTo) / 1000);
}

/** Tells when secrets end, as the stack's configuration has it: no value of theirs is looked at. */
export function tellSecrets(
  ends: Readonly<Record<string, Readonly<Record<string, string>>>>,
  told: Instruments,
): void {
  for (const [service, secrets] of Object.entries(ends)) {
    for (const [secret, end] of Object.entries(secrets)) {
      told.secretExpiry.set({ service, secret }, Date.parse(`${end}Z`) / 1000);
    }
  }
}

/** What the stack's events tell; they are read again only once there are more. */
export class EventFigures {
  private seen: { readonly head: string; readonly at: number } | null = null;
  private text = "";

  constructor(
    private readonly directory: HostDirectory,
    private readonly stack: string,
    private readonly warn: (text: string) => void,
  ) {}

  /** @returns figures of delivery in Prometheus' text format, as `maestro report --prometheus` prints them. */
  async tell(told: Instruments): Promise<string> {
    const { events } = this.directory.records;
    const head = (await events.head())?.hash ?? "";
    if (this.seen?.head === head && Date.now() - this.seen.at < REFRESH_MILLISECONDS) {
      return this.text;
    }
    const all = await events.list();
    told.rejectedSinceSuccess.set(rejectedSinceSuccess(all));
    const backup = all.findLast(({ kind }) => kind === "backed up");
    if (backup) told.backupTimestamp.set(Date.parse(backup.at) / 1000);
    const until = new Date();
    const since = new Date(until.getTime() - PERIOD_DAYS * DAY_MILLISECONDS);
    const delivered = readDeliveries(all);
    const commits = this.commitsOf(delivered.deployments, since);
    const figures = workOutDora(delivered, commits, { since, until });
    this.text = renderMetrics(new Map([[this.stack, figures]]));
    this.seen = { head, at: Date.now() };
    return this.text;
  }

  /** Where git cannot tell, lead times are left out, and nothing else. */
  private commitsOf(...asked: Parameters<typeof readCommits>): ReturnType<typeof readCommits> {
    try {
      return readCommits(...asked);
    } catch (error) {
      this.warn(`lead times are left out: ${(error as Error).message}`);
      return new Map();
    }
  }
}
