import * as z from "zod/mini";

import { isHostKey, parseHostUrl } from "../../rules/host/hostAddress";
import { text } from "./fields";

const HOST_ERROR =
  "must be ssh://<user>@<host>[:<port>]; a password is not accepted, log in with a key";
const KEY_ERROR =
  "must be an OpenSSH public key such as `ssh-ed25519 AAAA…`; see `ssh-keyscan <host>`, leave out the host's name, and compare the fingerprint at its console";
const MAX_KEYS = 10;

/** `maestro:host`: the machine whose Docker Engine runs the stack. */
export const hostSchema = z.pipe(
  z.string({ error: HOST_ERROR }).check(({ value, issues }) => {
    if (parseHostUrl(value) === null) {
      issues.push({ code: "custom", message: HOST_ERROR, path: [], input: value });
    }
  }),
  z.transform((value: string) => parseHostUrl(value)!),
);

/** `maestro:hostKey`: what the host may identify itself with; several while a key is being changed. */
export const hostKeySchema = z.pipe(
  z.unknown().check(({ value, issues }) => {
    const isList = Array.isArray(value);
    const keys: unknown[] = isList ? value : [value];
    if (keys.length === 0 || keys.length > MAX_KEYS) {
      const message = `must be one key, or a list of 1 to ${MAX_KEYS} keys`;
      issues.push({ code: "custom", message, path: [], input: value });
    }
    keys.forEach((key, index) => {
      if (isHostKey(key)) return;
      issues.push({ code: "custom", message: KEY_ERROR, path: isList ? [index] : [], input: key });
    });
  }),
  // Without the comment: that is the user's own.
  z.transform((value: unknown) =>
    ([value].flat() as string[]).map((key) => key.trim().split(/\s+/).slice(0, 2).join(" ")),
  ),
);

/** `maestro:identityFile`: the private key to log in with, on the machine that deploys. */
export const identityFileSchema = text(
  /^(?=.{1,1000}$)~?(?:\/[\w.@+ -]+)+$/,
  "must be the path of a private key on this machine; absolute or from ~/",
);
