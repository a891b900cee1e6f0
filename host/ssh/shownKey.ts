import { Client } from "ssh2";
import { HostError } from "../../rules/host/asking";
import { hostUrl, type HostAddress } from "../../rules/host/hostAddress";
import { describeKey, preferredAlgorithms } from "./hostKey";

const TIMEOUT_MILLISECONDS = 10_000;

/** A key that a host shows; whether it is the host's own is for a person to compare. */
export interface ShownKey {
  /** As maestro:hostKey has it: `<type> <base64>`. */
  readonly line: string;
  /** As `ssh-keygen -l` tells it: `SHA256:... (ssh-ed25519)`. */
  readonly fingerprint: string;
}

/**
 * Asks a host for its public key, the best type that it has. It ends the connection then: no one logs in.
 *
 * @throws HostError when no SSH server answers.
 */
export async function readShownKey(
  address: Pick<HostAddress, "user" | "name" | "port">,
): Promise<ShownKey> {
  const client = new Client();
  let shown: Buffer | undefined;
  const ended = new Promise<Error>((resolve) => client.on("error", resolve));
  client.connect({
    host: address.name,
    port: address.port,
    username: address.user,
    readyTimeout: TIMEOUT_MILLISECONDS,
    algorithms: { serverHostKey: preferredAlgorithms([]) },
    hostVerifier: (key: Buffer) => {
      shown = key;
      return false;
    },
  });
  const { message } = await ended;
  client.destroy();
  if (shown === undefined) {
    const name = hostUrl({ ...address, keys: [], identityFile: null });
    throw new HostError(
      `${name}: asking for its key: ${message}; is the host up, and its SSH server reachable?`,
    );
  }
  const fingerprint = describeKey(shown);
  const type = /\((.+)\)$/.exec(fingerprint)?.[1] ?? "";
  return { line: `${type} ${shown.toString("base64")}`, fingerprint };
}
