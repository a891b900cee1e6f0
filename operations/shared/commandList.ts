/** A command for people. */
export interface CommandEntry {
  readonly name: string;
  /** What it does, in one line. */
  readonly says: string;
}

/** Commands for people by what they are for, in the order of their help. Each is `operations/<name>.ts`, in camel case. */
export const COMMANDS: Readonly<Record<string, readonly CommandEntry[]>> = {
  "Release:": [
    { name: "images", says: "build changed services, push their images, write the digests" },
    { name: "status", says: "show what serves, what waits, and whether it is well" },
    { name: "logs", says: "show what services write, merged by time" },
    { name: "top", says: "show what services use and what users get of them, live" },
    { name: "exec", says: "run a command inside of a service's container" },
    { name: "console", says: "open a shell inside of a service's container, or beside it" },
    { name: "plan-comment", says: "say in a pull request what its update would do" },
    { name: "drift", says: "compare what runs with what was released, keep an issue open" },
    { name: "approve", says: "sign what a release will do, where people have to agree" },
    { name: "rollback", says: "go back to a release that served before" },
    { name: "restart", says: "give what serves new containers, without a lost request" },
    { name: "rollout", says: "show and steer a release that gets its clients share by share" },
    { name: "history", says: "show all that is on record of one release" },
    { name: "releases", says: "show what has happened to a stack, and that nobody changed it" },
    { name: "report", says: "show how releases went: the figures of dora.dev" },
    { name: "dashboard", says: "show releases, sets and figures on a page" },
    {
      name: "observability",
      says: "write alert rules and dashboards for servers that watch a stack",
    },
    { name: "metrics", says: "tell Prometheus what users get, and how a stack is" },
    { name: "judge", says: "show what a watch would have said of recorded traffic" },
    { name: "notices", says: "try the channels that are told what happens, send what is left" },
    { name: "unlock", says: "make a stack ready again after an update was killed" },
  ],
  "Traffic by hand:": [
    { name: "maintenance", says: "show users a page in the place of the services, for a while" },
    { name: "pause", says: "hold new requests for some seconds" },
    { name: "resume", says: "let held requests go on" },
    { name: "block", says: "refuse a client's requests, for a while" },
    { name: "throttle", says: "let few requests of a client through, for a while" },
    { name: "unblock", says: "take a client's requests again" },
  ],
  "Settings and secrets:": [
    { name: "secrets", says: "list and change what services must not show" },
    { name: "certificate", says: "show the edge's certificate, have it issued and renewed" },
    { name: "env", says: "print the environment for `pulumi` by hand" },
  ],
  "Databases:": [
    { name: "migrate", says: "look at services' databases, migrate, back up, go back" },
    { name: "backup", says: "take, list and verify backups of databases, configuration and state" },
    { name: "stateful", says: "list services with data of their own, update them with a backup" },
    { name: "restore", says: "put the databases of a backup back, all at once" },
  ],
  "Packages:": [
    { name: "packages", says: "publish, list, verify and lock shared Python packages" },
  ],
  "Set-up:": [
    { name: "init", says: "write a project that releases your services" },
    { name: "setup", says: "make a stack ready for its first release" },
    { name: "doctor", says: "look whether machine, host, registry and stack are well, and mend" },
    { name: "prune", says: "remove images that no stack refers to any more" },
    { name: "leave", says: "give back what this machine's projects share" },
    { name: "completion", says: "print completion for bash, zsh or fish" },
  ],
};

/** Names of all commands for people. */
export function commandNames(): string[] {
  return Object.values(COMMANDS).flatMap((group) => group.map(({ name }) => name));
}
