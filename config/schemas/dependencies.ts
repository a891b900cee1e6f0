import * as z from "zod/mini";

import type { Dependencies, Dependency } from "../../rules/health/dependency";
import { flag, object, oneOf, text } from "./fields";
import { SECRET_NAME } from "./secrets";

const KINDS = ["postgres", "redis", "openid"] as const;
const HOST = "(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\\[[0-9A-Fa-f:]{2,45}\\])";
const ADDRESS = new RegExp(`^${HOST}:[1-9]\\d{0,4}$`);
const ISSUER = new RegExp(`^https?://${HOST}(?::[1-9]\\d{0,4})?(?:/[A-Za-z0-9._~/-]{0,500})?$`);
const NAME = /^[a-z][a-z0-9-]{0,39}$/;
const WORD = /^[!-~]{1,200}$/;
const SCOPE = /^[!-~]+(?: [!-~]+){0,50}$/;

/** Which keys each kind has beside `kind`. */
const KEYS: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  postgres: ["url"],
  redis: ["url", "address", "username", "password", "tls"],
  openid: ["issuer", "clientId", "clientSecret", "scope"],
};

const secret = () =>
  text(SECRET_NAME, "must be the name of a secret of the service; the value stays in the store");

const dependencySchema = object({
  kind: oneOf(KINDS),
  url: z.optional(secret()),
  address: z.optional(text(ADDRESS, "must be <host>:<port>; such as cache.internal:6379")),
  username: z.optional(text(WORD, "must be a name without spaces")),
  password: z.optional(secret()),
  tls: z.optional(flag()),
  issuer: z.optional(
    text(
      ISSUER,
      "must be the address that tokens name; such as https://id.example.com/realms/shop",
    ),
  ),
  clientId: z.optional(text(WORD, "must be the id of a client")),
  clientSecret: z.optional(secret()),
  scope: z.optional(text(SCOPE, "must be scopes with a space in between")),
}).check(({ value, issues }) => {
  const given: Readonly<Record<string, unknown>> = value;
  const say = (key: string, message: string) =>
    issues.push({ code: "custom", message, path: [key], input: given[key] });
  for (const key of Object.keys(given)) {
    if (key === "kind" || given[key] === undefined || KEYS[value.kind].includes(key)) continue;
    say(key, `is not for kind ${value.kind}, whose keys are ${KEYS[value.kind].join(", ")}`);
  }
  for (const [key, message] of findMissing(value)) say(key, message);
});

/** What a kind cannot do without, and what needs something else. */
function findMissing({
  kind,
  url,
  address,
  username,
  password,
  tls,
  issuer,
  clientId,
  clientSecret,
}: Readonly<Record<string, unknown>>): (readonly [key: string, message: string])[] {
  if (kind === "postgres") {
    return url === undefined ? [["url", "is required; name the secret with the address"]] : [];
  }
  if (kind === "redis") {
    if (url === undefined) {
      return address === undefined
        ? [["url", "is required; name the secret with the address, or give address"]]
        : [];
    }
    const beside = { address, username, password, tls };
    return Object.entries(beside).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, "is said by url already; keep one"] as const],
    );
  }
  return [
    ...(issuer === undefined ? [["issuer", "is required"] as const] : []),
    ...(clientId !== undefined && clientSecret === undefined
      ? [["clientSecret", "is required with clientId; name the secret with it"] as const]
      : []),
    ...(clientSecret !== undefined && clientId === undefined
      ? [["clientId", "is required with clientSecret"] as const]
      : []),
  ];
}

/** A service's `dependencies`: what it cannot do without, by names of the project's own. No part of the release. */
export const dependenciesSchema = z
  .record(z.string(), dependencySchema, {
    error: "must map names to dependencies; such as { cache: { kind: redis, url: REDIS_URL } }",
  })
  .check(({ value, issues }) => {
    for (const name of Object.keys(value).filter((each) => !NAME.test(each))) {
      const message = "must be a name of small letters, digits and -; such as cache";
      issues.push({ code: "custom", message, path: [name], input: value[name] });
    }
  });

/** Dependencies of a configuration without mistakes. */
export function createDependencies(parsed: z.infer<typeof dependenciesSchema>): Dependencies {
  return Object.fromEntries(
    Object.entries(parsed).map(([name, { tls, ...given }]) => [
      name,
      { ...given, ...(tls === true ? { tls } : {}) } as Dependency,
    ]),
  );
}
