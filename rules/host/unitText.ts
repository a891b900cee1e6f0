/** A text in a unit of systemd, where that would take a part of it for one of its own words. */
export function unitText(text: string): string {
  return text.replaceAll("%", "%%");
}

/** A word of a command line, which has variables too. */
export function unitArgument(text: string): string {
  return unitQuote(text).replaceAll("$", "$$$$");
}

/** A text with blanks in it. */
export function unitQuote(text: string): string {
  return `"${unitText(text).replace(/["\\]/g, "\\$&")}"`;
}

/** Has a unit's program work in a project's directory. */
export function inProject(root: string): string {
  return `WorkingDirectory=${unitText(root)}
# Git would refuse the project's directory, which is another user's.
Environment=GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory
Environment=${unitQuote(`GIT_CONFIG_VALUE_0=${root}`)}`;
}

/** Keeps a unit from taking memory and processors from what serves. */
export const STEPPED_BACK = `MemoryMax=256M
CPUWeight=20`;

/** What a unit's program has no use for (systemd.exec in systemd's manual). */
export const CONFINED = `NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native`;
