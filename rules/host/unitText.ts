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

/** A unit of systemd whose program ends by itself. */
export interface OneshotUnit {
  readonly description: string;
  /** Command line, its program by an absolute path. */
  readonly command: readonly string[];
  /** Directory of the project. */
  readonly root: string;
  /** Directories that it writes to, absolute. */
  readonly writes: readonly string[];
  /** What of its `[Service]` is its own, a directive a line. */
  readonly service: readonly string[];
}

/** See {@link OneshotUnit}: it runs beside the Docker Engine, may ask other machines, and does nothing else. */
export function renderOneshot({
  description,
  command,
  root,
  writes,
  service,
}: OneshotUnit): string {
  return `[Unit]
Description=${description}
After=docker.service network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=${command.map(unitArgument).join(" ")}
${inProject(root)}
${writes.map((directory) => `ReadWritePaths=${unitQuote(`-${directory}`)}`).join("\n")}
${service.join("\n")}
${CONFINED}
`;
}

/** The timer of a unit, which makes up for what was missed while the host was off. @param spread how far hosts are apart. */
export function renderTimer(description: string, calendar: string, spread: string): string {
  return `[Unit]
Description=${description}

[Timer]
OnCalendar=${unitText(calendar)}
RandomizedDelaySec=${spread}
FixedRandomDelay=yes
Persistent=yes

[Install]
WantedBy=timers.target
`;
}
