import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { CreateOperation } from "../resourceType";
import type { ContainerInspect } from "./containerInspect";
import { reader, type Entry } from "./spec";
import type { Engine } from "./engine";
import { readBytes } from "./engine";
import { tarFile } from "./tarFile";

const HEALTH_POLL_MILLISECONDS = 100;
const DEFAULT_WAIT_SECONDS = 60;
const FRAME_HEADER_BYTES = 8;

/**
 * Everything between a container's creation and its being up: networks, files, start, health. Answers its logs where
 * `attach` and `logs` ask for them.
 */
export async function bringUp(
  engine: Engine,
  id: string,
  { inputs, signal }: CreateOperation,
): Promise<string | null> {
  const { flag, entries } = reader(inputs);
  await connectNetworks(engine, id, entries("networksAdvanced"));
  for (const upload of entries("uploads")) {
    await uploadFile(engine, id, upload);
  }
  if (inputs.start !== false) {
    await engine.request("POST", `/containers/${id}/start`).catch((error: unknown) => {
      throw new Error(`unable to start container: ${(error as Error).message}`);
    });
    if (flag("wait")) {
      const seconds = reader(inputs).number("waitTimeout") ?? DEFAULT_WAIT_SECONDS;
      await waitUntilHealthy(engine, id, seconds, signal);
    }
  }
  if (!flag("attach")) {
    return null;
  }
  await engine.request("POST", `/containers/${id}/wait`, { signal });
  return flag("logs") ? readLogs(engine, id, flag("tty")) : null;
}

async function connectNetworks(engine: Engine, id: string, attachments: readonly Entry[]) {
  if (attachments.length === 0) {
    return;
  }
  // Docker puts a new container on its default bridge, where it would reach containers of others.
  await engine
    .request("POST", "/networks/bridge/disconnect", { body: { Container: id } })
    .catch((error: unknown) => {
      if (!/is not connected to/.test((error as Error).message)) {
        throw new Error(`unable to disconnect the default network: ${(error as Error).message}`);
      }
    });
  for (const attachment of attachments) {
    const { text, texts, number } = reader(attachment);
    const network = text("name") ?? "";
    const body = {
      Container: id,
      EndpointConfig: {
        Aliases: texts("aliases"),
        MacAddress: text("macAddress"),
        GwPriority: number("gwPriority"),
        DriverOpts: Object.fromEntries(texts("driverOpts").map(splitOption)),
        IPAMConfig: {
          IPv4Address: text("ipv4Address"),
          IPv6Address: text("ipv6Address"),
          LinkLocalIPs: texts("linkLocalIps"),
        },
      },
    };
    const path = `/networks/${encodeURIComponent(network)}/connect`;
    await engine.request("POST", path, { body }).catch((error: unknown) => {
      throw new Error(`unable to connect to network '${network}': ${(error as Error).message}`);
    });
  }
}

function splitOption(option: string): [string, string] {
  const equals = option.indexOf("=");
  return [option.slice(0, equals), option.slice(equals + 1)];
}

async function uploadFile(engine: Engine, id: string, upload: Entry) {
  const { text, flag } = reader(upload);
  const file = text("file") ?? "";
  const sources = [text("content"), text("contentBase64"), text("source")];
  if (sources.filter((source) => source !== undefined).length !== 1) {
    throw new Error(
      `uploads: ${file}: needs exactly one of content, contentBase64 and source; set one of them`,
    );
  }
  const [content, base64, source] = sources;
  const bytes =
    content !== undefined
      ? Buffer.from(content)
      : base64 !== undefined
        ? Buffer.from(base64, "base64")
        : readFileSync(source ?? "");
  const mode = parseInt(text("permissions") ?? (flag("executable") ? "0744" : "0644"), 8);
  await engine.request("PUT", `/containers/${id}/archive`, {
    query: { path: "/" },
    body: tarFile(file.replace(/^\//, ""), bytes, mode),
  });
}

/**
 * Waits for Docker's own health check. Only the time-out ends it, as in the official plugin: neither "unhealthy" nor an
 * exited container does, since either may still recover.
 */
async function waitUntilHealthy(engine: Engine, id: string, seconds: number, signal: AbortSignal) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { State } = await engine.request<ContainerInspect>("GET", `/containers/${id}/json`);
    if (!State.Health) {
      throw new Error(
        "you have supplied a 'wait' argument, but the container does not have a healthcheck defined. " +
          "Please remove the 'wait' argument or add a 'healthcheck' attribute",
      );
    }
    if (State.Health.Status === "healthy") {
      return;
    }
    if (Date.now() >= deadline) {
      throw new Error(
        `container failed to be in healthy state within ${seconds} s: it is ${State.Health.Status}; ` +
          `see docker logs ${id.slice(0, 12)}`,
      );
    }
    await sleep(HEALTH_POLL_MILLISECONDS, undefined, { signal }).catch(() => {
      throw new Error("canceled while waiting for the container to be healthy");
    });
  }
}

async function readLogs(engine: Engine, id: string, hasTerminal: boolean): Promise<string> {
  const query = { stdout: true, stderr: true };
  const response = await engine.open("GET", `/containers/${id}/logs`, { query });
  const bytes = await readBytes(response);
  return hasTerminal ? bytes.toString("utf8") : withoutFrames(bytes);
}

/** Without a terminal, each piece of a log comes with a header of eight bytes, of which the last four are its length. */
function withoutFrames(bytes: Buffer): string {
  const pieces: Buffer[] = [];
  for (let at = 0; at + FRAME_HEADER_BYTES <= bytes.length;) {
    const start = at + FRAME_HEADER_BYTES;
    at = start + bytes.readUInt32BE(start - 4);
    pieces.push(bytes.subarray(start, at));
  }
  return Buffer.concat(pieces).toString("utf8");
}
