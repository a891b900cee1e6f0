import { createBackups } from "../../../config/schemas/backups";
import { s3PlaceOf } from "../../../rules/backups/backupSettings";
import { issuesOf, rawWith, settingsWith } from "../../support/fixtures";

const KEY = `age1${"q".repeat(58)}`;

function issues(backups: object): readonly string[] {
  return issuesOf(rawWith({ "config.backups": backups }));
}

describe("maestro:backups", () => {
  it.each<[object, string]>([
    [
      { to: "backups", encrypt: "none" },
      'backups.to: must be an absolute directory on the host, or s3://<bucket>/<prefix>, got "backups"; such as /var/backups/maestro',
    ],
    [{ to: "/var/backups" }, "backups.encrypt: is required"],
    [{ to: "/var/backups", encrypt: [] }, "backups.encrypt: must have a key"],
    [{ to: "/var/backups", encrypt: ["AGE-SECRET-KEY-1QQ"] }, "must be a public key of age"],
    [
      { to: "/var/backups", encrypt: "none", region: "eu-west-1" },
      'backups.region: is for an S3 store alone, got "eu-west-1"; remove it, or let `to` begin with s3://',
    ],
    [
      { to: "/var/backups", encrypt: "none", keep: { count: 0 } },
      "backups.keep.count: must be an integer from 1 to 10000, got 0",
    ],
    [
      { to: "/var/backups", encrypt: "none", before: "sometimes" },
      'backups.before: must be one of always, destructive, never, got "sometimes"',
    ],
    [
      {
        to: "/b",
        encrypt: "none",
        databases: { cache: { service: "wep", dump: ["d"] } },
      },
      'backups.databases.cache.service: is not a service of services.yaml, got "wep"; did you mean `web`?',
    ],
    [
      {
        to: "/b",
        encrypt: "none",
        databases: { Cache: { service: "web", dump: ["d"] } },
      },
      "is no name for a database, got an object; use [a-z][a-z0-9-]{0,39}",
    ],
    [
      { to: "/b", encrypt: "none", databases: { cache: { service: "web", dump: [] } } },
      "backups.databases.cache.dump: must not be empty, got an empty list; its standard output is the dump",
    ],
    [
      {
        to: "/b",
        encrypt: "none",
        databases: { cache: { service: "web", dump: ["d"], timeoutSeconds: 0 } },
      },
      "backups.databases.cache.timeoutSeconds: must be an integer from 1 to 604800, got 0",
    ],
    [
      { to: "/b", encrypt: "none", maxAge: 26 },
      "backups.maxAge: must be a duration with its unit, got 26; such as 45m, 24h or 7d",
    ],
  ])("refuses %j", (backups, says) => {
    const found = issues(backups);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(says);
  });

  it("has defaults, and nothing that it does not have", () => {
    expect(issues({ to: "/var/backups", encrypt: "none" })).toEqual([]);
    const parsed = { to: "/b", keep: { count: 10 }, before: "destructive" as const };
    expect(createBackups({ ...parsed, encrypt: "none" })).toEqual({ ...parsed, recipients: [] });
    expect(createBackups({ ...parsed, encrypt: [KEY] })).toEqual({ ...parsed, recipients: [KEY] });
  });

  it("is nothing where it is left out", () => {
    expect(settingsWith().backups).toBeNull();
  });
});

describe("where backups go", () => {
  it.each([
    ["/var/backups", null],
    ["s3://bucket", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/a/b/", { bucket: "bucket", prefix: "a/b" }],
  ])("is read from %s", (to, place) => {
    expect(s3PlaceOf(to)).toEqual(place);
  });
});
