import path from "node:path";
import { withHost } from "../../host/connectHost";
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
    const probe = path.posix.join(directory, ".setup");
    await connected.files.write(probe, "");
    await connected.files.remove(probe);
    return `${connected.name}, Docker ${Version}, ${directory}`;
  });
}

/** As the names of a host's files have it. */
function typeOf(line: string): string {
  if (line.startsWith("ecdsa-")) return "ecdsa";
  return line.startsWith("ssh-rsa") ? "rsa" : "ed25519";
}
