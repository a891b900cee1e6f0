import type { Duplex } from "node:stream";
import { Client, type ClientChannel, type SFTPWrapper } from "ssh2";
import { hostUrl, type HostAddress } from "../../rules/host/hostAddress";
import { HostError } from "../../rules/host/asking";
import { ChannelStream } from "./channelStream";
import { describeKey, keyBlob, preferredAlgorithms } from "./hostKey";
import { findLogin, type Login } from "./login";

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
/** A host that does not answer this often in a row is lost. */
const KEEPALIVE_INTERVAL_MILLISECONDS = 5_000;
const KEEPALIVE_COUNT = 3;
/** Waits before each further attempt to connect: a server refuses at once when many log in at the same time. */
const RETRY_MILLISECONDS = [300, 1_000, 3_000];

/** The connection broke while it was in use; what was under way may or may not have been done. */
export class ConnectionLost extends HostError {}

/** A reason not to try again: waiting does not change a key. */
class Refused extends HostError {}

/** A connection that could not be forwarded, though the host itself is there. */
export class ForwardRefused extends Error {
  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** One connection to a host. At most one session (that of the files) is ever opened in it: everything else is forwarded. */
export class SshConnection {
  private readonly streams = new Set<Duplex>();
  private reason: ConnectionLost | null = null;
  private files: Promise<SFTPWrapper> | null = null;

  private constructor(
    private readonly name: string,
    private readonly client: Client,
  ) {
    const fail = (reason: string) => () => this.fail(reason);
    client.on("error", (error) => this.fail(error.message));
    client.on("end", fail("closed by the host")).on("close", fail("closed by the host"));
  }

  /** Connects, with a few attempts where the host may only be busy. */
  static async open(address: HostAddress): Promise<SshConnection> {
    const name = hostUrl(address);
    const login = await findLogin(name, address);
    for (let attempt = 0; ; attempt += 1) {
      try {
        return new SshConnection(name, await connect(name, address, login));
      } catch (error) {
        const wait = RETRY_MILLISECONDS[attempt];
        if (error instanceof Refused || !(error instanceof HostError) || wait === undefined) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  get isOpen(): boolean {
    return this.reason === null;
  }

  /** Why it does not stand any more; null: it stands. */
  get lost(): ConnectionLost | null {
    return this.reason;
  }

  /** The session for files, opened once. */
  sftp(): Promise<SFTPWrapper> {
    this.files ??= new Promise((resolve, reject) => {
      this.requireOpen();
      this.client.sftp((error, sftp) => {
        if (error) {
          const message = `${this.name}: opening a session for files: ${error.message}; is \`Subsystem sftp\` in its sshd_config?`;
          reject(this.reason ?? new HostError(message));
        } else {
          // A session that ends while the connection stands is of no use either.
          sftp.on("close", () => this.fail("its session for files ended"));
          resolve(sftp);
        }
      });
    });
    return this.files;
  }

  /** A connection from the host to one of its own TCP ports, or to a socket that it listens on. */
  async forward(target: { host: string; port: number } | { socket: string }): Promise<Duplex> {
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      this.requireOpen();
      const done = (error: Error | undefined, opened: ClientChannel) => {
        if (error) reject(this.reason ?? forwardRefused(this.name, target, error));
        else resolve(opened);
      };
      if ("socket" in target) this.client.openssh_forwardOutStreamLocal(target.socket, done);
      else this.client.forwardOut("127.0.0.1", 0, target.host, target.port, done);
    });
    const stream = new ChannelStream(channel);
    this.streams.add(stream);
    stream.on("error", () => undefined).on("close", () => this.streams.delete(stream));
    return stream;
  }

  /** Ends it; what is under way fails. */
  close(): void {
    this.fail("closed here");
    this.client.end();
  }

  private requireOpen(): void {
    if (this.reason) throw this.reason;
  }

  private fail(reason: string): void {
    if (this.reason) return;
    this.reason = new ConnectionLost(
      `${this.name}: the SSH connection broke (${reason}); run it again: what was begun is made good`,
    );
    for (const stream of this.streams) stream.destroy(this.reason);
    this.client.destroy();
  }
}

async function connect(name: string, address: HostAddress, login: Login): Promise<Client> {
  const { methods, tried } = login;
  const client = new Client();
  const expected = address.keys.map(keyBlob);
  let wrongKey: string | null = null;
  const connected = new Promise<void>((resolve, reject) => {
    client.once("ready", resolve).on("close", () => reject(new Error("closed by the host")));
    client.on("error", (error) => {
      // One method of several: the next one is tried.
      if (error.level !== "agent") reject(error);
    });
  });
  client.connect({
    host: address.name,
    port: address.port,
    username: address.user,
    authHandler: methods,
    readyTimeout: CONNECT_TIMEOUT_MILLISECONDS,
    keepaliveInterval: KEEPALIVE_INTERVAL_MILLISECONDS,
    keepaliveCountMax: KEEPALIVE_COUNT,
    algorithms: { serverHostKey: preferredAlgorithms(address.keys) },
    hostVerifier: (key: Buffer) => {
      if (expected.some((blob) => blob.equals(key))) return true;
      wrongKey = describeKey(key);
      return false;
    },
  });
  try {
    await connected;
  } catch (error) {
    client.destroy();
    if (wrongKey !== null) throw new Refused(keyMismatch(name, wrongKey, expected));
    throw connectError(name, tried, error as Error & { level?: string; code?: string });
  }
  client.removeAllListeners();
  return client;
}

function keyMismatch(name: string, shown: string, expected: readonly Buffer[]): string {
  return (
    `${name}: the host shows the key ${shown}, but maestro:hostKey says ${expected.map(describeKey).join(" or ")}; ` +
    `was the host made again? Compare with \`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\` at its console, then ` +
    `set maestro:hostKey. Otherwise another machine answers in its place`
  );
}

function connectError(
  name: string,
  tried: readonly string[],
  error: Error & { level?: string; code?: string },
): HostError {
  if (error.level === "client-authentication") {
    return new Refused(
      `${name}: logging in: the host takes none of ${tried.join(", ")}; add the public key to the user's ` +
        `~/.ssh/authorized_keys there, or set maestro:identityFile`,
    );
  }
  const message = `${name}: connecting: ${error.message}`;
  if (error.code === "ENOTFOUND" || error.level === "handshake") return new Refused(message);
  return new HostError(`${message}; is the host up, and its SSH server reachable?`);
}

function forwardRefused(name: string, target: object, error: Error): Error {
  // RFC 4254: 1 is "administratively prohibited", 2 is "connect failed".
  const { reason } = error as Error & { reason?: number | string };
  const isSocket = "socket" in target;
  const what = error.message.replace(/^\(SSH\) Channel open failure: /, "");
  if (!isSocket && (reason === 2 || reason === "CONNECT_FAILED")) {
    return new ForwardRefused(`${name}: ${what}`, /refused/i.test(what) ? "ECONNREFUSED" : what);
  }
  const need = isSocket ? "AllowStreamLocalForwarding" : "AllowTcpForwarding";
  return new HostError(
    `${name}: reaching ${isSocket ? "its Docker Engine" : "its edge"}: ${what}; does its sshd have \`${need} yes\`` +
      (isSocket ? ", does Docker run, and is the user in the group docker?" : "?"),
  );
}
