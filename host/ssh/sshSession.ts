import type { HostAddress } from "../../rules/host/hostAddress";
import { SshConnection } from "./sshConnection";

/** How often a process connects anew after its connection broke, before it gives up. */
const MAX_RECONNECTS = 2;

/** The one connection of this process to a host, made anew when it broke. */
export class SshSession {
  private reconnects = 0;
  private closed = false;
  private connecting: Promise<SshConnection> | null = null;

  private constructor(
    private readonly address: HostAddress,
    private current: SshConnection,
  ) {}

  static async start(address: HostAddress): Promise<SshSession> {
    return new SshSession(address, await SshConnection.open(address));
  }

  /**
   * The connection that stands; after it broke too often, the broken one, which throws whatever is asked of it.
   *
   * @throws HostError when it broke and the host cannot be reached any more.
   */
  connection(): Promise<SshConnection> {
    if (this.connecting) return this.connecting;
    if (this.current.isOpen || this.closed || this.reconnects >= MAX_RECONNECTS) {
      return Promise.resolve(this.current);
    }
    this.reconnects += 1;
    this.connecting = SshConnection.open(this.address)
      .then((opened) => (this.current = opened))
      .finally(() => (this.connecting = null));
    return this.connecting;
  }

  /** Does what may be done twice, and does it again on a new connection when the one it used broke meanwhile. */
  async repeat<T>(action: (connection: SshConnection) => Promise<T>): Promise<T> {
    for (;;) {
      const connection = await this.connection();
      try {
        return await action(connection);
      } catch (error) {
        if (connection.isOpen) throw error;
        if (this.closed || this.reconnects >= MAX_RECONNECTS) throw connection.lost ?? error;
      }
    }
  }

  close(): void {
    this.closed = true;
    this.current.close();
  }
}
