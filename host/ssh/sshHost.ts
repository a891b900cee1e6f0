import Docker from "dockerode";
import type http from "node:http";
import { hostUrl, type HostAddress } from "../../rules/host/hostAddress";
import { ask } from "../ask";
import type { Answer, AskOptions } from "../../rules/host/asking";
import { type Host } from "../host";
import { HostError } from "../../rules/host/asking";
import { ChannelAgent } from "./channelAgent";
import { SftpFiles } from "./sftpFiles";
import { SshSession } from "./sshSession";

const ENGINE_SOCKET = "/var/run/docker.sock";
/** Connections to the Engine at a time; further requests wait. */
const ENGINE_CONNECTIONS = 4;
/** Requests to the edge at a time; further ones wait. */
const EDGE_CONNECTIONS = 32;

/**
 * A host over SSH, by one connection: its files over SFTP, its Docker Engine's socket and its edge's ports forwarded.
 * Nothing is run there, so nothing is left running when the connection breaks.
 */
export class SshHost implements Host {
  readonly files: SftpFiles;
  private readonly edgeAgent: http.Agent;
  private readonly engineAgent: http.Agent;

  private constructor(
    readonly name: string,
    private readonly session: SshSession,
  ) {
    this.files = new SftpFiles(session, name);
    this.edgeAgent = new ChannelAgent(
      async ({ host, port }) =>
        (await session.connection()).forward({ host: host ?? "127.0.0.1", port: Number(port) }),
      { maxSockets: EDGE_CONNECTIONS },
    );
    this.engineAgent = new ChannelAgent(
      async () => (await session.connection()).forward({ socket: ENGINE_SOCKET }),
      { maxSockets: ENGINE_CONNECTIONS, keepAlive: true },
    );
  }

  /** @throws HostError when the host cannot be reached, shows another key than it must, or lets nobody in. */
  static async connect(address: HostAddress): Promise<SshHost> {
    return new SshHost(hostUrl(address), await SshSession.start(address));
  }

  engine(): Promise<Docker> {
    // All that DOCKER_HOST and its companions would change is given: they mean this machine's engine.
    const options = {
      host: "docker",
      port: 80,
      protocol: "http" as const,
      agent: this.engineAgent,
    };
    return Promise.resolve(
      new Docker({ ...options, ca: undefined, cert: undefined, key: undefined }),
    );
  }

  async ask(url: string, options: AskOptions = {}): Promise<Answer> {
    if (!url.startsWith("http:")) {
      throw new HostError(
        `${this.name}: can only be asked over plain http from itself, got ${url}`,
      );
    }
    return this.session.repeat(() => ask(url, { ...options, agent: this.edgeAgent }));
  }

  close(): void {
    this.engineAgent.destroy();
    this.edgeAgent.destroy();
    this.session.close();
  }
}
