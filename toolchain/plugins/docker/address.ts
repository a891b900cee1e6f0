import { readFileSync } from "node:fs";
import path from "node:path";
import type { Properties, Value } from "../../rpc/values";

export interface SshAddress {
  readonly kind: "ssh";
  readonly text: string;
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
  /** Further arguments for ssh. */
  readonly options: readonly string[];
}

interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where a Docker Engine listens. `text` is what error messages call it. */
export type DockerAddress =
  | SshAddress
  | { readonly kind: "unix"; readonly text: string; readonly path: string }
  | {
      readonly kind: "tcp";
      readonly text: string;
      readonly host: string;
      readonly port: number;
      readonly tls: Tls | null;
    };

const DEFAULT_HOST = "unix:///var/run/docker.sock";
const DEFAULT_TCP_PORT = 2375;

/** Finds the Docker Engine: the provider's `host`, else DOCKER_HOST, else the local socket. */
export function dockerAddress(config: Properties, env: NodeJS.ProcessEnv): DockerAddress {
  const text = textOf(config.host) ?? (env.DOCKER_HOST || DEFAULT_HOST);
  if (text.startsWith("unix://")) {
    return { kind: "unix", text, path: text.slice("unix://".length) };
  }
  const url = parseUrl(text);
  if (url.protocol === "ssh:") {
    return {
      kind: "ssh",
      text,
      user: url.username === "" ? null : decodeURIComponent(url.username),
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? null : Number(url.port),
      options: sshOptions(config.sshOpts),
    };
  }
  const port = url.port === "" ? DEFAULT_TCP_PORT : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { kind: "tcp", text, host, port, tls: tlsOf(config, env) };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !["tcp:", "http:", "https:", "ssh:"].includes(url.protocol)) {
    throw new Error(
      `host: must start with unix://, tcp:// or ssh://, got ${JSON.stringify(text)}; correct docker:host or DOCKER_HOST`,
    );
  }
  return url;
}

function tlsOf(config: Properties, env: NodeJS.ProcessEnv): Tls | null {
  const directory =
    textOf(config.certPath) ?? (env.DOCKER_TLS_VERIFY ? env.DOCKER_CERT_PATH : undefined);
  const given = {
    ca: textOf(config.caMaterial),
    cert: textOf(config.certMaterial),
    key: textOf(config.keyMaterial),
  };
  const read = (file: string) =>
    directory === undefined ? undefined : readFileSync(path.join(directory, file), "utf8");
  const tls = {
    ca: given.ca ?? read("ca.pem"),
    cert: given.cert ?? read("cert.pem"),
    key: given.key ?? read("key.pem"),
  };
  const present = Object.entries(tls).filter(([, value]) => value !== undefined);
  return present.length === 0 ? null : Object.fromEntries(present);
}

function sshOptions(value: Value | undefined): string[] {
  // The engine hands nested configuration over as JSON text.
  const list: unknown = typeof value === "string" && value !== "" ? JSON.parse(value) : value;
  return Array.isArray(list) ? list.map(String) : [];
}

function textOf(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
