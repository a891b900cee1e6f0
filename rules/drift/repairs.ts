import { DEFAULT_SSH_PORT } from "../host/hostAddress";
import type { DriftFacts } from "./facts";

type Place = Pick<DriftFacts, "stack" | "host">;

/** A command on the stack's host, from the machine that the operator is at. */
export function onHost({ host }: Place, command: string): string {
  if (host === null) return command;
  const identity = host.identityFile === null ? "" : ` -i ${quote(host.identityFile)}`;
  const port = host.port === DEFAULT_SSH_PORT ? "" : ` -p ${host.port}`;
  return `ssh${identity}${port} ${host.user}@${host.name} ${quote(command)}`;
}

/** An update, or a part of it. */
export function update({ stack }: Place, ...options: readonly string[]): string {
  return ["pulumi up --yes --skip-preview", ...options, `--stack ${stack}`].join(" ");
}

/** An update of one resource alone, after a look at what became of it. */
export function updateOf(place: Place, resource: string): string {
  return update(place, "--refresh", `--target '**::${resource}'`);
}

/** A word of a command as a shell reads it. */
export function quote(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
