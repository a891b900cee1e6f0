import * as z from "zod/mini";

import type { BackupSettings } from "../../rules/backups/backupSettings";
import { PINNED_IMAGE } from "./edge";
import { ABSOLUTE_PATH, distinct, duration, integer, object, oneOf, section, text } from "./fields";
import { command, SERVICE_NAME } from "./service";

const S3 = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9!_.*'()-]{1,200}){0,10}\/?$/;
const PLACE = new RegExp(`${ABSOLUTE_PATH.source}|${S3.source}`);
/** It becomes part of a file's name. */
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const RECIPIENT = /^age1(?:pq)?[02-9ac-hj-np-z]{50,4000}$/;

const otherDatabaseSchema = object({
  service: text(SERVICE_NAME, "must be the name of a service"),
  image: z.optional(
    text(PINNED_IMAGE, "must be pinned by digest; use <repository>@sha256:<64 hex>"),
  ),
  dump: command("must not be empty; its standard output is the dump"),
  restore: z.optional(command("must not be empty; leave it out where a restore is done by hand")),
  verify: z.optional(command("must not be empty; leave it out to compare the checksum alone")),
  timeoutSeconds: z.optional(integer(1, 604_800)),
});

/** `maestro:backups`: where backups of the stack go. */
export const backupsSchema = object({
  to: text(
    PLACE,
    "must be an absolute directory on the host, or s3://<bucket>/<prefix>; such as /var/backups/maestro",
  ),
  endpoint: z.optional(
    text(
      /^https?:\/\/[A-Za-z0-9.:[\]-]{1,253}\/?$/,
      "must be the address of an S3-compatible store",
    ),
  ),
  region: z.optional(text(/^[a-z0-9-]{1,40}$/, "must be a region; such as eu-west-1")),
  encrypt: z.union(
    [
      z.literal("none"),
      distinct(text(RECIPIENT, "must be a public key of age"), "must be a list of keys", 20).check(
        z.minLength(1, {
          error: "must have a key; such as the one that `maestro backup key` makes",
        }),
      ),
    ],
    'must be a list of public keys of age, as `maestro backup key` makes, or "none"',
  ),
  keep: section({
    count: z._default(integer(1, 10_000), 10),
    days: z.optional(integer(1, 36_500)),
  }),
  maxAge: z.optional(duration()),
  before: z._default(oneOf(["always", "destructive", "never"]), "destructive"),
  databases: z.optional(
    z
      .record(z.string(), otherDatabaseSchema, {
        error: "must map names of databases to their commands",
      })
      .check(({ value, issues }) => {
        for (const name of Object.keys(value).filter((each) => !NAME.test(each))) {
          const message = "is no name for a database; use [a-z][a-z0-9-]{0,39}";
          issues.push({ code: "custom", message, path: [name], input: name });
        }
      }),
  ),
}).check(({ value, issues }) => {
  for (const key of ["endpoint", "region"] as const) {
    if (value[key] === undefined || value.to.startsWith("s3://")) continue;
    const message = "is for an S3 store alone; remove it, or let `to` begin with s3://";
    issues.push({ code: "custom", message, path: [key], input: value[key] });
  }
});

/** The settings without what they do not have: a step's input is in the state. */
export function createBackups(parsed: z.infer<typeof backupsSchema>): BackupSettings {
  const { to, endpoint, region, encrypt, keep, before, maxAge, databases = {} } = parsed;
  return {
    to,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    recipients: encrypt === "none" ? [] : encrypt,
    keep: { count: keep.count, ...(keep.days === undefined ? {} : { days: keep.days }) },
    before,
    ...(maxAge === undefined ? {} : { maxAgeHours: maxAge / 3600 }),
    ...(Object.keys(databases).length === 0
      ? {}
      : { databases: databases as NonNullable<BackupSettings["databases"]> }),
  };
}
