import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";
import { ABSOLUTE_PATH, list, oneOf, section, text } from "./fields";
import type { SecretUse } from "../../release/release";

export const SECRET_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

const NAME_ERROR =
  "must be a name of letters, digits and _, no digit first; the value stays in the secrets store";

/** `maestro:secrets`: where values come from and where they lie on the host. */
export const secretsSchema = section({
  /** `local`: the stack's own encrypted file; `aws`: Secrets Manager. */
  kind: z._default(oneOf(["local", "aws"]), "local"),
  /** Of kind `aws`; the one that AWS clients find if left out. */
  region: z.optional(
    text(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "must be an AWS region; for example eu-west-1"),
  ),
  directory: text(
    // At least two levels deep: everything in it belongs to maestro, which also removes it.
    new RegExp(`(?=/[^/]+/)${ABSOLUTE_PATH.source}`),
    "must be an absolute path at least two levels deep on the Docker host; for example /run/maestro, which is in memory",
  ),
}).check(({ value, issues }) => {
  if (value.kind === "local" && value.region !== undefined) {
    const message = "is only for kind aws; remove it, or set maestro:secrets.kind";
    issues.push({ code: "custom", message, path: ["region"], input: value.region });
  }
});

/** A service's `secrets`: names, or `{ name, environment: true }` for a value in a plain variable too. */
export const secretUsesSchema = list(
  z.pipe(
    z
      .custom<string | { name: string; environment?: boolean }>(isObjectOrText, {
        error: NAME_ERROR,
      })
      .check(({ value, issues }) => {
        for (const { message, path } of findUseProblems(value)) {
          issues.push({ code: "custom", message, path, input: value });
        }
      }),
    z.transform((use: string | { name: string; environment?: boolean }): SecretUse => {
      if (typeof use === "string") return use;
      return use.environment === true ? { name: use.name, environment: true } : use.name;
    }),
  ),
  "must be a list of names; values stay in the secrets store",
).check(({ value, issues }) => {
  const names = value.map((use) => (typeof use === "string" ? use : use.name));
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (first < index) {
      const message = `is listed twice, first as number ${first + 1}; keep one`;
      issues.push({ code: "custom", message, path: [index], input: name });
    }
  });
});

function isObjectOrText(value: unknown): boolean {
  return typeof value === "string" || isPlainObject(value);
}

function findUseProblems(value: unknown): { message: string; path: string[] }[] {
  if (!isPlainObject(value)) {
    return SECRET_NAME.test(String(value)) ? [] : [{ message: NAME_ERROR, path: [] }];
  }
  const { name, environment, ...others } = value;
  return [
    ...(typeof name === "string" && SECRET_NAME.test(name)
      ? []
      : [{ message: NAME_ERROR, path: ["name"] }]),
    ...(environment === undefined || typeof environment === "boolean"
      ? []
      : [{ message: "must be true or false", path: ["environment"] }]),
    ...Object.keys(others).map((key) => ({
      message: "unknown key; the keys here are name, environment, values stay in the secrets store",
      path: [key],
    })),
  ];
}
