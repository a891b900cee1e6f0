import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import * as path from "node:path";
import { utils, type AnyAuthMethod } from "ssh2";
import type { HostAddress } from "../../rules/host/hostAddress";
import { HostError } from "../../rules/host/asking";

/** Where `ssh-keygen` puts keys, the best first. */
const USUAL_KEYS = ["id_ed25519", "id_ecdsa", "id_rsa"];

/** Ways to log in, and what messages call them. */
export interface Login {
  readonly methods: AnyAuthMethod[];
  readonly tried: readonly string[];
}

/**
 * Keys to log in with: the configured file's alone, else the agent's, then the usual ones that need no passphrase.
 *
 * @param name what messages call the host.
 * @throws HostError when there is none, or the configured file cannot be used.
 */
export async function findLogin(name: string, address: HostAddress): Promise<Login> {
  const { user: username, identityFile } = address;
  const agent = process.env["SSH_AUTH_SOCK"];
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const addAgent = () => {
    if (!agent) return;
    methods.push({ type: "agent", username, agent });
    tried.push("the agent's keys");
  };
  if (identityFile === null) addAgent();
  for (const file of keyFiles(identityFile)) {
    const found = await readKey(file);
    if ("key" in found) {
      methods.push({ type: "publickey", username, key: found.key });
      tried.push(file);
    } else if (identityFile !== null && found.problem === PROTECTED && agent) {
      addAgent();
    } else if (identityFile !== null) {
      throw new HostError(`${name}: maestro:identityFile: ${found.problem}, got "${identityFile}"`);
    }
  }
  if (methods.length === 0) {
    throw new HostError(
      `${name}: there is no key to log in with; start an agent (\`ssh-agent\`, \`ssh-add\`), or set maestro:identityFile`,
    );
  }
  return { methods, tried };
}

const PROTECTED = "is protected by a passphrase; add it to an agent with `ssh-add`";

function keyFiles(identityFile: string | null): string[] {
  return identityFile === null
    ? USUAL_KEYS.map((name) => path.join(homedir(), ".ssh", name))
    : [identityFile.replace(/^~(?=\/)/, homedir())];
}

async function readKey(file: string): Promise<{ key: Buffer } | { problem: string }> {
  let key: Buffer;
  try {
    key = await readFile(file);
  } catch (error) {
    return {
      problem: `cannot be read (${(error as NodeJS.ErrnoException).code}); name another one`,
    };
  }
  const parsed = utils.parseKey(key);
  if (!(parsed instanceof Error)) return { key };
  return {
    problem: /passphrase|encrypted/i.test(parsed.message)
      ? PROTECTED
      : "is not a private key that OpenSSH writes; name another one",
  };
}
