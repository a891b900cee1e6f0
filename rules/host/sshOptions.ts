import type { HostAddress } from "./hostAddress";

const CONNECT_TIMEOUT_SECONDS = 10;
const CONNECT_ATTEMPTS = 3;
const ALIVE_INTERVAL_SECONDS = 5;
const ALIVE_COUNT = 3;
/** Name under which the host's keys are looked up: independent of its address and port. */
const KEY_ALIAS = "maestro";

/**
 * Arguments for `ssh` with which the Docker provider reaches a host: the configured keys and no others, nothing asked,
 * no waiting for ever.
 *
 * The host's keys are part of the arguments, not a file: so `pulumi destroy` and `refresh`, which run no program that
 * could write one, work from a fresh checkout too. Needs OpenSSH 8.5 (2021).
 */
export function sshOptions({ keys, identityFile }: HostAddress): string[] {
  const options: Record<string, string | number> = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    HostKeyAlias: KEY_ALIAS,
    KnownHostsCommand: `/usr/bin/printf "${KEY_ALIAS} %%s %%s\\n" ${keys.join(" ")}`,
    UserKnownHostsFile: "/dev/null",
    GlobalKnownHostsFile: "/dev/null",
    UpdateHostKeys: "no",
    ConnectTimeout: CONNECT_TIMEOUT_SECONDS,
    ConnectionAttempts: CONNECT_ATTEMPTS,
    ServerAliveInterval: ALIVE_INTERVAL_SECONDS,
    ServerAliveCountMax: ALIVE_COUNT,
    ...(identityFile === null ? {} : { IdentityFile: quoted(identityFile), IdentitiesOnly: "yes" }),
  };
  return [
    // The user's own configuration could lead elsewhere, and the program's own connection does not read it either.
    ...["-F", "none"],
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
}

/** ssh splits an option's value at spaces. */
function quoted(file: string): string {
  return file.includes(" ") ? `"${file}"` : file;
}
