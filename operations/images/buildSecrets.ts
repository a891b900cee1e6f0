import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";

/** pip settings that mean the same inside a build; paths of this machine (caches, targets) do not. */
const PIP_KEYS = new Set([
  "index-url",
  "extra-index-url",
  "trusted-host",
  "proxy",
  "timeout",
  "default-timeout",
  "retries",
  "no-index",
  "find-links",
  "prefer-binary",
]);

const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

const SYSTEM_CERTIFICATES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/cert.pem",
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Files that a build may read while it runs and that no layer keeps. */
export interface BuildSecrets {
  /**
   * `--secret` arguments for `docker build`.
   *
   * @param own id -> `src=<file>` or `env=<variable>`; takes the place of one with the same id. @default - none
   */
  arguments(own?: Readonly<Record<string, string>>): readonly string[];
  remove(): void;
}

/**
 * Collects how a build reaches its Python package index: pip's settings, proxy, certificates, logins.
 *
 * @param index address that takes the place of pip's own `index-url`, with its login; default: this machine's pip settings.
 */
export function createBuildSecrets(env: Environment = process.env, index?: string): BuildSecrets {
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-secrets-"));
  const sources: Record<string, string> = {};
  const write = (name: string, text: string) => {
    if (text === "") return;
    const file = path.join(directory, name);
    writeFileSync(file, text, { mode: 0o600 });
    sources[name] = `src=${file}`;
  };
  const machine = readPipSettings(env);
  const pip = index === undefined ? machine : { ...machine, "index-url": index };
  write("pip.conf", renderPipConfig(pip));
  write("proxy", renderProxy(env));
  const certificates = findCertificates(env, pip);
  if (certificates) sources.ca = `src=${certificates}`;
  const netrc = env.NETRC ?? path.join(homedir(), ".netrc");
  const logins = existsSync(netrc) ? readFileSync(netrc, "utf8").trimEnd() : "";
  // The index sends pip on to the machine's own one, which may ask for a login too.
  const upstream = index === undefined ? "" : renderLogin(machine["index-url"]);
  write("netrc", [logins, upstream].filter(Boolean).join("\n"));
  return {
    arguments: (own = {}) =>
      Object.entries({ ...sources, ...own }).flatMap(([id, source]) => [
        "--secret",
        `id=${id},${source}`,
      ]),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** pip's settings as pip itself merges them: files from general to special, then the environment. */
export function readPipSettings(env: Environment): Record<string, string> {
  const home = homedir();
  const files = [
    "/etc/xdg/pip/pip.conf",
    "/etc/pip.conf",
    path.join(home, ".pip", "pip.conf"),
    path.join(env.XDG_CONFIG_HOME ?? path.join(home, ".config"), "pip", "pip.conf"),
    env.VIRTUAL_ENV && path.join(env.VIRTUAL_ENV, "pip.conf"),
    env.PIP_CONFIG_FILE,
  ];
  const settings: Record<string, string> = {};
  for (const file of files) {
    if (file && existsSync(file))
      Object.assign(settings, parsePipConfig(readFileSync(file, "utf8")));
  }
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith("PIP_") || !value) continue;
    settings[name.slice(4).toLowerCase().replaceAll("_", "-")] = value;
  }
  return settings;
}

/** Reads the `[global]` and `[install]` sections of a pip.conf; the second one wins. */
export function parsePipConfig(text: string): Record<string, string> {
  const sections: Record<string, Record<string, string>> = { global: {}, install: {} };
  let section: Record<string, string> = {};
  let key = "";
  for (const line of text.split("\n")) {
    const header = /^\[(.+)\]\s*$/.exec(line);
    const entry = /^([^\s#;=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (header) section = sections[header[1] ?? ""] ?? {};
    else if (entry) section[(key = (entry[1] ?? "").replaceAll("_", "-"))] = entry[2]?.trim() ?? "";
    else if (/^\s+[^\s#;]/.test(line) && key in section) section[key] += ` ${line.trim()}`;
  }
  return { ...sections.global, ...sections.install };
}

/** A pip.conf with the settings that also hold inside a build. */
export function renderPipConfig(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings)
    .filter(([key]) => PIP_KEYS.has(key))
    // Directories of this machine are not in the build.
    .map(([key, value]) => [key, key === "find-links" ? onlyUrls(value) : value] as const)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key} = ${value}`);
  return lines.length === 0 ? "" : ["[global]", ...lines, ""].join("\n");
}

/** The line of a .netrc for the login in an address; empty where there is none. */
function renderLogin(address: string | undefined): string {
  const { hostname, username, password } = new URL(address ?? "https://none.invalid");
  if (username === "") return "";
  return `machine ${hostname} login ${decodeURIComponent(username)} password ${decodeURIComponent(password)}\n`;
}

function onlyUrls(value: string): string {
  const isUrl = (part: string) => /^https?:/.test(part);
  return value.split(/\s+/).filter(isUrl).join(" ");
}

function renderProxy(env: Environment): string {
  const quote = (value: string) => `'${value.replaceAll("'", `'\\''`)}'`;
  return PROXY_VARIABLES.filter((name) => env[name])
    .map((name) => `export ${name}=${quote(env[name] ?? "")}\n`)
    .join("");
}

function findCertificates(env: Environment, pip: Readonly<Record<string, string>>) {
  const candidates = [pip.cert, env.SSL_CERT_FILE, env.REQUESTS_CA_BUNDLE, ...SYSTEM_CERTIFICATES];
  return candidates.find((file) => file && existsSync(file));
}
