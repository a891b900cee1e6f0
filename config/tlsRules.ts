import { covers } from "../rules/acme/acmeSettings";
import { formatPath, place, quote, type Partly } from "./checkSchema";
import type { ParsedStack } from "./schemas/stack";

/** The edge's certificate is in two files, or an authority issues it in a way that it offers. */
export function findTlsProblems({ edge }: Partly<ParsedStack>): string[] {
  const { tls } = edge ?? {};
  if (!tls) return [];
  const say = (key: string, message: string) => place(["edge", "tls", key], message, formatPath);
  const files = ["certificateFile", "keyFile"] as const;
  const { acme } = tls;
  if (acme === undefined) {
    return files
      .filter((key) => !(key in tls))
      .map((key) => say(key, "is required; give both files, PEM"));
  }
  const { names, challenge, hook } = acme;
  const wildcard = names?.find((name) => name?.startsWith("*."));
  const publicHost = edge?.publicHost;
  const known = (names ?? []).flatMap((name) => name ?? []);
  return [
    ...files
      .filter((key) => key in tls)
      .map((key) => say(key, "is given with acme, which issues both files; remove one of the two")),
    ...(challenge === "dns-01" && hook === null
      ? [say("acme.hook", "is required for dns-01; name the program that puts a record into DNS")]
      : []),
    ...(challenge === "http-01" && hook != null
      ? [say("acme.hook", "is only for dns-01; set acme.challenge, or remove it")]
      : []),
    ...(challenge === "http-01" && wildcard !== undefined
      ? [
          say(
            "acme.challenge",
            `must be dns-01 for a wildcard, got http-01 for ${quote(wildcard)}; set it, or list the names`,
          ),
        ]
      : []),
    ...(publicHost !== undefined && known.length > 0 && !covers(known, publicHost)
      ? [
          place(
            ["edge", "publicHost"],
            `is none of edge.tls.acme.names, got ${quote(publicHost)}; users at the stack's url would get another name's certificate`,
            formatPath,
          ),
        ]
      : []),
  ];
}
