import type { Answer } from "../../rules/host/asking";
import type { PartMemory, PartReply, Unfit } from "../hands";
import type { Given, NamedHost } from "./hostGroup";

/** Lines of one host, each with its name. */
export function withName({ name }: NamedHost, lines: readonly string[]): string[] {
  return lines.map((line) => `${name}: ${line}`);
}

/**
 * What is wrong with a set on any host; null: it is fit on all of them. A host that does not even hold it comes before one
 * where it does not answer: no release is blamed before it is there everywhere.
 */
export function mergeUnfit(found: readonly Given<Unfit | null>[]): Unfit | null {
  const wrong = found.flatMap(({ host, value }) => (value ? [{ host, value }] : []));
  if (wrong.length === 0) return null;
  return {
    kind: wrong.some(({ value }) => value.kind === "incomplete") ? "incomplete" : "unwell",
    says: wrong.flatMap(({ host, value }) => withName(host, value.says.split("\n"))).join("\n"),
    logs: wrong.flatMap(({ host, value }) => withName(host, value.logs)),
  };
}

/** What is wrong with services on any host, a line a service that names the hosts. */
export function mergeWrongs(
  services: readonly string[],
  found: readonly Given<readonly string[]>[],
): string[] {
  return services.flatMap((service) => {
    const hosts = new Map<string, string[]>();
    for (const { host, value } of found) {
      for (const line of value.filter((each) => each.startsWith(`${service}: `))) {
        const says = line.slice(service.length + 2);
        hosts.set(says, [...(hosts.get(says) ?? []), host.name]);
      }
    }
    const words = [...hosts].map(([says, names]) => `${says} (${names.join(", ")})`);
    return words.length > 0 ? [`${service}: ${words.join("; ")}`] : [];
  });
}

/** The worst of all hosts' replies: a part is as ready as where it is least ready, and as slow as where it is slowest. */
export function worstReply(replies: readonly Given<PartReply>[]): PartReply {
  const answer = replies.map(({ value }) => value.answer).reduce(worse);
  const milliseconds = Math.max(...replies.map(({ value }) => value.milliseconds));
  return { answer, milliseconds };
}

/** The answer that is furthest from well; the first host's among equals. */
export function worstAnswer(answers: readonly Given<Answer>[]): Answer {
  return answers.map(({ value }) => value).reduce((a, b) => (b.status > a.status ? b : a));
}

function worse(a: Answer | string, b: Answer | string): Answer | string {
  if (typeof a === "string") return a;
  return typeof b === "string" || b.status > a.status ? b : a;
}

/** Of each part the host where it uses most of what it may. */
export function mostMemory(uses: readonly Given<readonly PartMemory[]>[]): PartMemory[] {
  const most = new Map<string, PartMemory>();
  for (const use of uses.flatMap(({ value }) => value)) {
    const key = `${use.part.service}/${use.part.replica}`;
    const known = most.get(key);
    if (!known || shareOf(use) > shareOf(known)) most.set(key, use);
  }
  return [...most.values()];
}

function shareOf({ bytes, limitBytes }: PartMemory): number {
  return bytes / limitBytes;
}
