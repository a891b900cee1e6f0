import { spawn } from "node:child_process";
import http from "node:http";
import { Duplex } from "node:stream";
import type { SshAddress } from "./address";

/**
 * Reaches a Docker Engine over ssh the way the docker CLI does: the user's own `ssh`, with its configuration, keys and
 * known hosts, runs `docker system dial-stdio` on the host.
 */
export class SshAgent extends http.Agent {
  constructor(
    private readonly address: SshAddress,
    options: http.AgentOptions,
  ) {
    super(options);
  }

  override createConnection(): Duplex {
    const { user, host, port, options } = this.address;
    const argv = [
      ...options,
      ...(user === null ? [] : ["-l", user]),
      ...(port === null ? [] : ["-p", String(port)]),
      "-o",
      "ConnectTimeout=30",
      "-T",
      // A host that starts with a dash must not become an option.
      "--",
      host,
      "docker",
      "system",
      "dial-stdio",
    ];
    const child = spawn("ssh", argv, { stdio: ["pipe", "pipe", "pipe"] });
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    let complaint = "";
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    child.on("error", (error) => stream.destroy(error));
    child.on("close", (code) => {
      if (code !== 0) {
        stream.destroy(new Error(complaint.trim() || `ssh ended with exit code ${code}`));
      }
    });
    stream.on("close", () => child.kill());
    // http expects a socket; these are the parts of one that it calls without asking.
    return Object.assign(stream, {
      setKeepAlive: () => stream,
      setNoDelay: () => stream,
      setTimeout: () => stream,
      ref: () => stream,
      unref: () => stream,
    });
  }
}
