import type { Readable } from "node:stream";
import http from "node:http";
import https from "node:https";
import type { DockerAddress } from "./address";
import { SshAgent } from "./sshAgent";
import { toText } from "./spec";

/** What the Docker Engine answered when it refused a request. */
export class EngineError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One request to the Docker Engine. */
export interface EngineRequest {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON; a Buffer as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Connections over ssh at a time: a server refuses logins when many come at once (`MaxStartups`). */
const SSH_CONNECTIONS = 4;

/**
 * The Docker Engine's HTTP API, as much as the plugin needs. Not dockerode: that brings ssh2, protobuf and grpc along,
 * which would triple the plugin's start-up time, and cannot use the user's ssh configuration.
 */
export class Engine {
  private readonly agent: http.Agent | https.Agent;

  constructor(readonly address: DockerAddress) {
    const options = { keepAlive: true };
    this.agent =
      address.kind === "ssh"
        ? new SshAgent(address, { ...options, maxSockets: SSH_CONNECTIONS })
        : address.kind === "tcp" && address.tls !== null
          ? new https.Agent({ ...options, ...address.tls })
          : new http.Agent(options);
  }

  /** Sends a request and reads the answer, JSON where it is JSON. */
  async request<Result>(
    method: string,
    path: string,
    request: EngineRequest = {},
  ): Promise<Result> {
    const response = await this.open(method, path, request);
    const text = await readAll(response);
    const isJson = (response.headers["content-type"] ?? "").startsWith("application/json");
    return (isJson && text !== "" ? JSON.parse(text) : text) as Result;
  }

  /** Sends a request and hands out the answer as it arrives. */
  async open(
    method: string,
    path: string,
    request: EngineRequest = {},
  ): Promise<http.IncomingMessage> {
    const response = await this.send(method, path, request);
    const status = response.statusCode ?? 0;
    if (status >= 400) {
      throw new EngineError(status, errorMessage(status, await readAll(response)));
    }
    return response;
  }

  private send(
    method: string,
    path: string,
    request: EngineRequest,
  ): Promise<http.IncomingMessage> {
    const { body, query = {}, headers = {}, signal } = request;
    const isRaw = Buffer.isBuffer(body);
    const payload = body === undefined || isRaw ? body : JSON.stringify(body);
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) {
        search.set(key, toText(value));
      }
    }
    const { client, target } = transportOf(this.address);
    const options: http.RequestOptions = {
      ...target,
      method,
      path: search.size === 0 ? path : `${path}?${search.toString()}`,
      agent: this.agent,
      headers: {
        ...(payload === undefined ? {} : { "content-type": contentType(isRaw) }),
        ...headers,
      },
      ...(signal === undefined ? {} : { signal }),
    };
    return new Promise((resolve, reject) => {
      const sent = client.request(options, resolve);
      sent.on("error", (error) => {
        reject(signal?.aborted === true ? new Error("canceled") : this.unreachable(error));
      });
      sent.end(payload);
    });
  }

  private unreachable(error: Error): Error {
    return new Error(
      `cannot reach the Docker Engine at ${this.address.text}: ${error.message}; ` +
        "is it running, and may this user talk to it?",
    );
  }
}

function transportOf(address: DockerAddress) {
  switch (address.kind) {
    case "unix":
      return { client: http, target: { socketPath: address.path } };
    case "tcp":
      return {
        client: address.tls === null ? http : https,
        target: { host: address.host, port: address.port },
      };
    case "ssh":
      return { client: http, target: { host: "docker" } };
  }
}

function contentType(isRaw: boolean): string {
  return isRaw ? "application/x-tar" : "application/json";
}

function errorMessage(status: number, text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text.trim() === "" ? `HTTP status ${status}` : text.trim();
  }
}

/** Everything a stream has to say. */
export async function readAll(stream: Readable): Promise<string> {
  return (await readBytes(stream)).toString("utf8");
}

/** Everything a stream has to say, byte by byte. */
export async function readBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
