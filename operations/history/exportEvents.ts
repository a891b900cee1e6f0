import { projectName } from "../../config/project";
import { hashOf } from "../../records/eventChain";
import { version } from "../../package.json";
import { parsePeriod } from "../../rules/analytics/period";
import type { AuditEvent } from "../../rules/audit/auditEvent";
import { cloudTrailRecord } from "../../rules/audit/cloudTrail";
import { readEvents, type EventSource } from "./eventSource";

/** What `export` is told. */
export interface ExportOptions extends EventSource {
  readonly since?: string;
  readonly json?: boolean;
  readonly cloudtrail?: boolean;
}

/** Prints a record for programs, the oldest event first: a line of JSON each, unless another format is asked for. */
export async function exportEvents(options: ExportOptions): Promise<void> {
  const { since, json, cloudtrail } = options;
  if (json && cloudtrail) {
    throw new Error("--json, --cloudtrail: name one of them; each is a format of its own");
  }
  const begin = since === undefined ? "" : parsePeriod(since, new Date()).toISOString();
  const project = projectName();
  const { events } = await readEvents(options);
  const audited = events
    .filter(({ at }) => at >= begin)
    .map((event): AuditEvent => {
      const stack = options.machine ? (event.stack ?? null) : options.stack;
      return { project, ...event, stack, hash: hashOf(event) };
    });
  if (cloudtrail) {
    const Records = audited.map((event) => cloudTrailRecord(event, version));
    console.log(JSON.stringify({ Records }, null, 2));
  } else if (json) {
    console.log(JSON.stringify(audited, null, 2));
  } else {
    audited.forEach((event) => console.log(JSON.stringify(event)));
  }
}
