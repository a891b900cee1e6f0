import { randomBytes } from "node:crypto";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";

const READY_DEADLINE_MILLISECONDS = 20_000;

/** A container of one image, run as strictly as a set runs it. */
export interface ServiceContainer {
  readonly id: string;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  remove(): Promise<void>;
}

/** Starts an image with a read-only root file system, no capability and only /tmp to write to. */
export async function runService(
  image: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceContainer> {
  const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`);
  const id = await docker([
    "run",
    "--detach",
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--memory=128m",
    "--memory-swap=128m",
    "--publish=127.0.0.1::8000",
    ...variables,
    image,
  ]);
  const address = (await docker(["port", id, "8000/tcp"])).trim();
  return {
    id,
    url: `http://${address}`,
    remove: async () => void (await tryDocker(["rm", "--force", "--volumes", id])),
  };
}

/** Waits until the service answers at all. */
export async function waitUntilAnswering(container: ServiceContainer): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MILLISECONDS;
  for (;;) {
    try {
      await fetch(`${container.url}/version`);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        const logs = await tryDocker(["logs", container.id]);
        throw new Error(`${container.id}: does not answer\n${logs.output}`, { cause: error });
      }
      await sleep(20);
    }
  }
}

/** Sends one short text over a new WebSocket and returns the text that comes back. */
export function askWebSocket(url: string, text: string): Promise<string> {
  const key = randomBytes(16).toString("base64");
  const headers = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": key,
  };
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers }, (response) => {
      response.resume();
      reject(new Error(`${url}: answered ${response.statusCode}`));
    });
    request.on("error", reject);
    request.on("upgrade", (_response, socket) => {
      const payload = Buffer.from(text);
      // A final text frame with an all-zero mask; RFC 6455, section 5.2.
      socket.write(
        Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]),
      );
      socket.once("data", (frame: Buffer) => {
        socket.destroy();
        resolve(frame.subarray(2).toString());
      });
    });
  });
}
