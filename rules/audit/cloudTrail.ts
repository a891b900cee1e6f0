import type { AuditEvent } from "./auditEvent";

/**
 * An event with the fields of a record of AWS CloudTrail, so that what reads those reads it too
 * (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html). Category and
 * type are those that AWS gives to what did not happen in AWS.
 */
export interface CloudTrailRecord {
  readonly eventVersion: "1.11";
  readonly userIdentity: {
    readonly type: "Unknown";
    readonly principalId: string;
    readonly userName: string;
  };
  /** To the second: `2026-11-29T12:00:00Z`. */
  readonly eventTime: string;
  readonly eventSource: "maestro";
  /** `Rollback`, `SecretsSet`, `Moved`. */
  readonly eventName: string;
  readonly awsRegion: "none";
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: Readonly<Record<string, unknown>>;
  readonly responseElements: null;
  readonly additionalEventData: Readonly<Record<string, unknown>>;
  readonly eventID: string;
  readonly readOnly: false;
  readonly eventType: "ActivityLog";
  readonly managementEvent: true;
  readonly eventCategory: "ActivityAuditLog";
}

/** Kinds that say that something was not let pass, and the code that stands for it. */
const ERRORS: Readonly<Record<string, string>> = {
  rejected: "ReleaseRejected",
  "no healthy set": "NoHealthySet",
};

/** @param version of this program. */
export function cloudTrailRecord(event: AuditEvent, version: string): CloudTrailRecord {
  const { kind, by, caller = by, reason, where, hash, number, previous, commit } = event;
  const { roles, access, seconds } = event;
  const errorCode = ERRORS[kind];
  return {
    eventVersion: "1.11",
    userIdentity: { type: "Unknown", principalId: caller, userName: by },
    eventTime: event.at.replace(/\.\d+Z$/, "Z"),
    eventSource: "maestro",
    eventName: eventName(event),
    awsRegion: "none",
    sourceIPAddress: where?.host ?? "unknown",
    userAgent: `maestro/${version}`,
    ...(errorCode === undefined ? {} : { errorCode, errorMessage: reason ?? kind }),
    requestParameters: parametersOf(event),
    responseElements: null,
    additionalEventData: defined({ number, hash, previous, commit, roles, access, seconds, where }),
    eventID: idOf(hash),
    readOnly: false,
    eventType: "ActivityLog",
    managementEvent: true,
    eventCategory: "ActivityAuditLog",
  };
}

/** A command is called by its name, all else by what has happened. */
function eventName({ kind, command }: AuditEvent): string {
  const words = kind === "command" && command !== undefined ? command : kind;
  return words
    .split(/[ -]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function parametersOf(event: AuditEvent): Readonly<Record<string, unknown>> {
  const { project, stack, release, color, service, services, command, reason, until } = event;
  return defined({ project, stack, release, color, service, services, command, reason, until });
}

function defined(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** In the form of a UUID, which readers take it for: the same event has the same one in each export. */
function idOf(hash: string): string {
  const [, ...parts] = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hash) ?? [];
  return parts.join("-");
}
