import Ajv from "ajv";
import type { AuditEvent } from "../../../../rules/audit/auditEvent";
import { cloudTrailRecord } from "../../../../rules/audit/cloudTrail";

const EVENT: AuditEvent = {
  ...{ project: "shop", stack: "demo", number: 7, kind: "command", command: "secrets set" },
  ...{ at: "2026-11-29T12:00:00.123Z", by: "alice@laptop", commit: null, previous: "e".repeat(64) },
  ...{ hash: `0123456789abcdef${"0".repeat(48)}`, reason: "rotated" },
  ...{ caller: "os user alice", roles: ["viewer", "operator"], access: "f".repeat(12) },
  where: { host: "laptop", user: "alice", run: "https://ci.example.com/runs/1" },
};

/** Fields of a record that AWS's reference calls not optional, and the form of those that have one. */
const SCHEMA = {
  type: "object",
  required: [
    ...["eventTime", "eventVersion", "userIdentity", "eventSource", "eventName", "awsRegion"],
    ...["sourceIPAddress", "userAgent", "requestParameters", "responseElements", "eventID"],
    ...["eventType", "eventCategory"],
  ],
  additionalProperties: false,
  properties: {
    eventTime: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$" },
    eventVersion: { type: "string", pattern: "^1\\.\\d+$" },
    userIdentity: {
      type: "object",
      required: ["type"],
      properties: {
        type: { enum: ["Root", "IAMUser", "AssumedRole", "Role", "FederatedUser", "Unknown"] },
        principalId: { type: "string" },
        userName: { type: "string" },
      },
      additionalProperties: false,
    },
    eventSource: { type: "string" },
    eventName: { type: "string", pattern: "^[A-Z][A-Za-z]+$" },
    awsRegion: { type: "string" },
    sourceIPAddress: { type: "string" },
    userAgent: { type: "string" },
    errorCode: { type: "string" },
    errorMessage: { type: "string" },
    requestParameters: { type: ["object", "null"] },
    responseElements: { type: ["object", "null"] },
    additionalEventData: { type: "object" },
    eventID: { type: "string", pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" },
    readOnly: { type: "boolean" },
    managementEvent: { type: "boolean" },
    eventType: { type: "string" },
    eventCategory: { type: "string" },
  },
};
const isRecord = new Ajv().compile(SCHEMA);

it("tells who did what, from where and why, in AWS's words", () => {
  expect(cloudTrailRecord(EVENT, "1.2.3")).toEqual({
    eventVersion: "1.11",
    userIdentity: { type: "Unknown", principalId: "os user alice", userName: "alice@laptop" },
    eventTime: "2026-11-29T12:00:00Z",
    eventSource: "maestro",
    eventName: "SecretsSet",
    awsRegion: "none",
    sourceIPAddress: "laptop",
    userAgent: "maestro/1.2.3",
    requestParameters: {
      ...{ project: "shop", stack: "demo", command: "secrets set", reason: "rotated" },
    },
    responseElements: null,
    additionalEventData: {
      ...{ number: 7, hash: EVENT.hash, previous: EVENT.previous, commit: null },
      ...{ roles: EVENT.roles, access: EVENT.access, where: EVENT.where },
    },
    eventID: "01234567-89ab-cdef-0000-000000000000",
    readOnly: false,
    eventType: "ActivityLog",
    managementEvent: true,
    eventCategory: "ActivityAuditLog",
  });
});

it.each([
  ["a command", EVENT, "SecretsSet"],
  [
    "a plain event of an older version",
    { ...EVENT, kind: "went back", command: undefined, where: undefined, caller: undefined },
    "WentBack",
  ],
  ["what was refused", { ...EVENT, kind: "rejected", command: undefined }, "Rejected"],
  ["a pull request's comment", { ...EVENT, command: "plan-comment" }, "PlanComment"],
])("is a record as AWS describes it for %s", (_what, event, name) => {
  const record = cloudTrailRecord(event as AuditEvent, "1.2.3");
  expect(record.eventName).toBe(name);
  expect(isRecord(JSON.parse(JSON.stringify(record))) || isRecord.errors).toBe(true);
  expect(record.errorCode).toBe(event.kind === "rejected" ? "ReleaseRejected" : undefined);
});

it("the check refuses what is none", () => {
  expect(isRecord({ ...cloudTrailRecord(EVENT, "1"), eventID: EVENT.hash })).toBe(false);
  expect(isRecord({ ...cloudTrailRecord(EVENT, "1"), eventTime: EVENT.at })).toBe(false);
});
