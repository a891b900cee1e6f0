import * as z from "zod/mini";

import { TOLD, WOKEN_FOR, type ChannelSettings } from "../../rules/notices/channels";
import { NOTICE_KINDS } from "../../rules/notices/notice";
import { distinct, DNS_NAME, integer, list, object, oneOf, text } from "./fields";
import { moduleFields } from "./module";

const VARIABLE = /^[A-Z][A-Z0-9_]{0,99}$/;
const MAILBOX = /^[^\s<>@"]{1,64}@[A-Za-z0-9.-]{1,253}$/;
const KINDS = ["slack", "discord", "teams", "webhook", "pagerduty", "smtp", "module"] as const;

/** Fields that each kind needs, and those that it may have. */
const FIELDS: Readonly<Record<(typeof KINDS)[number], readonly [needs: string[], may: string[]]>> =
  {
    slack: [["urlFrom"], []],
    discord: [["urlFrom"], []],
    teams: [["urlFrom"], []],
    webhook: [["urlFrom"], ["secretFrom"]],
    pagerduty: [["routingKeyFrom"], ["urlFrom"]],
    smtp: [
      ["host", "from", "to"],
      ["port", "userFrom", "passwordFrom"],
    ],
    module: [["module"], ["options"]],
  };
const COMMON = ["kind", "name", "events"];

const channelSchema = object({
  kind: oneOf(KINDS),
  name: z.optional(
    text(/^[a-z][a-z0-9-]{0,39}$/, "must be a name of lower-case letters, digits and -"),
  ),
  events: z.optional(
    distinct(oneOf(NOTICE_KINDS), `must be a list of events; such as [${TOLD.join(", ")}]`),
  ),
  urlFrom: z.optional(variable("URL")),
  secretFrom: z.optional(variable("secret")),
  routingKeyFrom: z.optional(variable("routing key")),
  host: z.optional(text(DNS_NAME, "must be a DNS name in lower case; such as mail.example.com")),
  port: z.optional(integer(1, 65_535)),
  from: z.optional(text(MAILBOX, "must be a mail address; such as maestro@example.com")),
  to: z.optional(
    distinct(
      text(MAILBOX, "must be a mail address; such as ops@example.com"),
      "must be a list of mail addresses",
      50,
    ),
  ),
  userFrom: z.optional(variable("user")),
  passwordFrom: z.optional(variable("password")),
  ...moduleFields,
}).check(({ value, issues }) => {
  const { kind } = value;
  const [needs, may] = FIELDS[kind];
  const given = Object.entries(value).flatMap(([key, entry]) => (entry === undefined ? [] : [key]));
  const report = (key: string, message: string) =>
    issues.push({ code: "custom", message, path: [key], input: value[key as keyof typeof value] });
  for (const key of needs.filter((each) => !given.includes(each))) {
    report(key, `is required for a channel of kind ${kind}`);
  }
  for (const key of given.filter((each) => ![...COMMON, ...needs, ...may].includes(each))) {
    report(key, `is nothing that a channel of kind ${kind} has; remove it`);
  }
  if ((value.userFrom === undefined) !== (value.passwordFrom === undefined)) {
    report("userFrom", "comes with passwordFrom; give both or none");
  }
});

/** `maestro:notices`: who is told what has happened. */
export const noticesSchema = object({
  channels: list(channelSchema, "must be a list of channels", 20).check(({ value, issues }) => {
    const names = value.map(({ name, kind }) => name ?? kind);
    names.forEach((name, index) => {
      if (names.indexOf(name) === index) return;
      const message = `is the name of two channels; give one another name`;
      issues.push({ code: "custom", message, path: [index, "name"], input: name });
    });
  }),
});

/**
 * The channels with all defaults, without what they do not have: a step's input is in the state.
 *
 * @param does what happens beside releases, which people then want to know of where it fails: images are removed after
 * them, certificates are renewed, backups are taken.
 */
export function createChannels(
  { channels }: z.infer<typeof noticesSchema>,
  does: { readonly prunes?: boolean; readonly renews?: boolean; readonly backsUp?: boolean } = {},
): ChannelSettings[] {
  const told = [
    ...TOLD,
    ...(does.prunes ? (["not pruned"] as const) : []),
    ...(does.renews ? (["certificate not renewed"] as const) : []),
    ...(does.backsUp ? (["not backed up"] as const) : []),
  ];
  return channels.map(({ kind, name, events, ...its }) => {
    const own = Object.entries(its).filter(([, value]) => value !== undefined);
    const usual = kind === "pagerduty" ? WOKEN_FOR : told;
    return {
      ...{ kind, name: name ?? kind, events: events ?? usual },
      ...(kind === "smtp" ? { port: 587 } : {}),
      ...(kind === "module" ? { options: {} } : {}),
      ...Object.fromEntries(own),
    } as ChannelSettings;
  });
}

function variable(what: string) {
  const error = `must be the name of a variable of the environment that holds the ${what}; such as RELEASE_CHANNEL`;
  return text(VARIABLE, error);
}
