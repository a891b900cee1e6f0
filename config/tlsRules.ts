import { covers } from "../rules/acme/acmeSettings";
import { formatPath, place, quote, type Partly } from "./checkSchema";
import type { ParsedStack } from "./schemas/stack";

type Acme = NonNullable<NonNullable<ParsedStack["edge"]["tls"]>["acme"]>;

/**
 * The edge's certificate is in two files, or an authority issues it in a way that it offers.
 *
 * @param given which keys the stack has, `edge.tls.acme` among them.
 */
export function findTlsProblems(
  { edge }: Partly<ParsedStack>,
  given: ReadonlySet<string>,
): string[] {
  if (!edge?.tls) return [];
  const files = ["edge.tls.certificateFile", "edge.tls.keyFile"];
  if (!given.has("edge.tls.acme")) {
    return files
      .filter((key) => !given.has(key))
      .map((key) => `${key}: is required; give both files, PEM`);
  }
  return [
    ...files
      .filter((key) => given.has(key))
      .map((key) => `${key}: is given with acme, which issues both files; remove one of the two`),
    ...findChallengeProblems(edge.tls.acme ?? {}),
    ...findHostProblems(edge.publicHost, edge.tls.acme?.names ?? []),
  ];
}

function findChallengeProblems({ names = [], challenge, hook }: Partly<Acme>): string[] {
  const say = (key: string, message: string) =>
    place(["edge", "tls", "acme", key], message, formatPath);
  if (challenge === "dns-01") {
    return hook === null
      ? [say("hook", "is required for dns-01; name the program that puts a record into DNS")]
      : [];
  }
  if (challenge === undefined) return [];
  const wildcard = names.find((name) => name.startsWith("*."));
  return [
    ...(hook != null ? [say("hook", "is only for dns-01; set acme.challenge, or remove it")] : []),
    ...(wildcard !== undefined
      ? [
          say(
            "challenge",
            `must be dns-01 for a wildcard, got ${quote(wildcard)}; set it, or list the names`,
          ),
        ]
      : []),
  ];
}

function findHostProblems(publicHost: string | undefined, names: readonly string[]): string[] {
  if (publicHost === undefined || names.length === 0 || covers(names, publicHost)) return [];
  return [
    place(
      ["edge", "publicHost"],
      `is none of edge.tls.acme.names, got ${quote(publicHost)}; users at the stack's url would get another name's certificate`,
      formatPath,
    ),
  ];
}
