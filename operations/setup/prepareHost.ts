import path from "node:path";
import { withHost } from "../../host/connectHost";
import type { Host } from "../../host/host";
import { parseHostUrl } from "../../rules/host/hostAddress";
import { readStackConfig, readUnreleasedSettings } from "../shared/stackFile";

/**
 * Makes sure that a stack's host can be used: its key is configured, the login works, its Docker Engine answers, and the
 * stack's directory can be written. Returns what was found in a few words.
 *
 * @throws Error with the key that the host shows, where the stack names none yet.
 */
export async function prepareHost(stack: string): Promise<string> {
  const { host, hostKey } = readStackConfig(stack);
  const named = typeof host === "string" ? parseHostUrl(host) : null;
  if (named !== null && hostKey === undefined) {
    // Loaded only here: a stack on this machine needs no SSH.
    const { readShownKey } = await import("../../host/ssh/shownKey");
    const { line, fingerprint } = await readShownKey(named);
    throw new Error(
      `maestro:hostKey: is required with maestro:host; "${named.name}" shows ${fingerprint}. Compare it with \`ssh-keygen -lf ` +
        `/etc/ssh/ssh_host_${typeOf(line)}_key.pub\` at its console; only if it is the same, write\n` +
        `  maestro:hostKey: ${line}`,
    );
  }
  const { host: address, directory } = readUnreleasedSettings(stack);
  return withHost(address, async (connected) => {
    const { Version } = await (await connected.engine()).version();
    await requireWritable(connected, directory);
    return `${connected.name}, Docker ${Version}, ${directory}`;
  });
}

/** Writes a file into a stack's directory, and removes it. @throws Error where that cannot be done. */
export async function requireWritable(
  { files }: Pick<Host, "files">,
  directory: string,
): Promise<void> {
  const probe = path.posix.join(directory, ".setup");
  await files.write(probe, "");
  await files.remove(probe);
}

/** As the names of a host's files have it. */
function typeOf(line: string): string {
  if (line.startsWith("ecdsa-")) return "ecdsa";
  return line.startsWith("ssh-rsa") ? "rsa" : "ed25519";
}
