import { ConfigError } from "../../../config/configError";
import { parseSettings } from "../../../config/parseSettings";
import type { Settings } from "../../../config/settings";
import { desiredRelease } from "../../../release/desiredRelease";
import { splitStatements } from "../../../rules/database/destructiveStatements";
import { renderNginxConfig } from "../../../rules/edge/nginxConfig";
import { isPlainText, plainText } from "../../../rules/plainText";
import { ownDatabase, provisionSql } from "../../../rules/database/postgresLayout";
import { sshOptions } from "../../../rules/host/sshOptions";
import { placedRelease } from "../../support/releases";
import { EDGE_IMAGE, rawWith, type Changes } from "../../support/fixtures";
import { hostileStrings } from "../../support/hostileStrings";

const STRINGS = hostileStrings();
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB3juwGFA0TXP35ttVoX3A/8kLdt4bHENlW7aCBgddPI";
const ON_HOST = { "config.host": "ssh://deploy@demo.example.com", "config.hostKey": HOST_KEY };
const tls = { certificateFile: "/tls/c.pem", keyFile: "/tls/k.pem" };

/** Where a user may write a text: what changes beside the text itself. */
const FIELDS: Readonly<Record<string, (text: string) => Changes>> = {
  "a service's name": (text) => ({ "services.services": { [text]: {}, api: {} } }),
  repository: (text) => ({ "services.services.web.repository": text }),
  command: (text) => ({ "services.services.web.command": [text, text] }),
  user: (text) => ({ "services.services.web.user": text }),
  "a variable's value": (text) => ({ "services.services.web.env": { A: text } }),
  "a variable's name": (text) => ({ "services.services.web.env": { [text]: "x" } }),
  secrets: (text) => ({ "services.services.web.secrets": [text] }),
  "a migration's command": (text) => ({ "services.services.web.migration": { command: [text] } }),
  livePath: (text) => ({ "services.services.web.health": { livePath: text } }),
  readyPath: (text) => ({ "services.services.web.health": { readyPath: text } }),
  "route.path": (text) => ({ "services.services.web.route": { path: text } }),
  "route.host": (text) => ({ "services.services.web.route": { host: text } }),
  corsOrigins: (text) => ({ "services.services.web.route": { corsOrigins: [text] } }),
  scratchPaths: (text) => ({ "services.services.web.scratchPaths": [text] }),
  dependsOn: (text) => ({ "services.services.web.dependsOn": [text] }),
  cpus: (text) => ({ "services.services.web.resources": { cpus: text } }),
  "registry.address": (text) => ({ "config.registry": { address: text, namespace: "team" } }),
  "registry.namespace": (text) => ({
    "config.registry": { address: "localhost:5000", namespace: text },
  }),
  "edge.image": (text) => ({ "config.edge": { image: text } }),
  "edge.listen": (text) => ({ "config.edge": { image: EDGE_IMAGE, listen: text } }),
  "edge.publicHost": (text) => ({ "config.edge": { image: EDGE_IMAGE, publicHost: text } }),
  "edge.tls": (text) => ({
    "config.edge": { image: EDGE_IMAGE, tls: { ...tls, certificateFile: text } },
  }),
  directory: (text) => ({ "config.directory": text }),
  "secrets.directory": (text) => ({ "config.secrets": { directory: text } }),
  subnet: (text) => ({ "config.network": { subnet: text } }),
  host: (text) => ({ ...ON_HOST, "config.host": text }),
  hostKey: (text) => ({ ...ON_HOST, "config.hostKey": text }),
  identityFile: (text) => ({ ...ON_HOST, "config.identityFile": text }),
  digest: (text) => ({ "config.release": { web: text, api: `sha256:${"a".repeat(64)}` } }),
  settingsFrom: (text) => ({ "config.settingsFrom": text }),
  allowRejected: (text) => ({ "config.allowRejected": text }),
  pinReason: (text) => ({ "config.promoteFrom": "demo", "config.pinReason": text }),
  promoteFrom: (text) => ({ "config.promoteFrom": text, "config.release": undefined }),
  servicesFile: (text) => ({ "config.servicesFile": text }),
  "packages.url": (text) => ({ "config.packages": { url: text } }),
  "packages.hosted": (text) => ({ "config.packages": { hosted: text } }),
  "an unknown key": (text) => ({ config: { ...(rawWith({}).config as object), [text]: text } }),
  "an override": (text) => ({ "config.services": { [text]: { [text]: text } } }),
};

/** Fields whose text goes to a program as it is, by the Engine's own interface: no shell, nginx or log reads it. */
const VERBATIM = ["command", "a variable's value", "a migration's command"];

function settingsOrIssues(changes: Changes): Settings | readonly string[] {
  try {
    return parseSettings(rawWith(changes));
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

/** The names of nginx's directives, in a text that is read the way nginx reads it: quotes, comments, blocks. */
function directives(config: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let isFirst = true;
  // In a word, braces after "$" or within are the word's own, as nginx has it for `${name}` and regular expressions.
  for (const [token] of config.matchAll(
    /#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|[^\s{};"'#]\S*?(?=[\s;{}])/g,
  )) {
    if (token.startsWith("#")) continue;
    if (token === "{") depth += 1;
    if (token === "}") depth -= 1;
    if (isFirst && !/^[{};]$/.test(token)) names.push(token);
    isFirst = /^[{};]$/.test(token);
    if (depth < 0) throw new Error("a block ends that never began");
  }
  if (depth !== 0) throw new Error("a block does not end");
  return names;
}

function nginxOf(settings: Settings): string {
  const release = desiredRelease(
    { ...settings, settingsFrom: null, secretVersions: {} },
    () => null,
  );
  const record = placedRelease(release);
  const options = { ...settings.edge, subnet: settings.subnet, tls: true };
  return renderNginxConfig(options, { blue: record, green: record });
}

/** Every directive that a harmless configuration with all kinds of routes has, `map` entries left out. */
const KNOWN = new Set(
  directives(
    nginxOf(
      parseSettings(
        rawWith({
          "services.services.web.route": {
            host: "www.example.com",
            corsOrigins: ["https://x.example"],
            rateLimitPerSecond: 5,
          },
          "services.services.api.route": { path: "/", maxBodyMegabytes: 100 },
        }),
      ),
    ),
  ).filter((name) => /^[a-z_]+$/.test(name)),
);

describe("1,000 hostile texts", () => {
  it("are 1,000, with every kind among them", () => {
    expect(STRINGS).toHaveLength(1_000);
    for (const part of ["$(", "`", "'", '"', "\n", "\0", "}", "\u202e", "\x1b", "DROP", "&a"]) {
      expect(STRINGS.filter((text) => text.includes(part)).length).toBeGreaterThan(3);
    }
    expect(STRINGS.some((text) => text.length > 60_000)).toBe(true);
  });

  it.each(Object.keys(FIELDS))("are refused in one line, or without effect: %s", (field) => {
    const bad: unknown[] = [];
    const isVerbatim = VERBATIM.includes(field);
    for (const [index, text] of STRINGS.entries()) {
      const found = settingsOrIssues(FIELDS[field]!(text));
      if (Array.isArray(found)) {
        const issues = found as string[];
        if (issues.length === 0 || !issues.every((line) => isPlainText(line) && line.length < 900))
          bad.push([text, issues]);
        continue;
      }
      const settings = found as Settings;
      // A file's name may have spaces: ssh gets it in quotes.
      const { host } = settings;
      const shown = host && { ...host, identityFile: host.identityFile?.replaceAll(" ", "_") };
      const written = isVerbatim ? "" : JSON.stringify({ ...settings, host: shown });
      // Nothing that was taken has a character with a meaning of its own, but a reason in words.
      if (
        field !== "pinReason" &&
        /[`$;&|<>'\s]|\\(?!")|[^\x20-\x7e]/.test(written.replace(HOST_KEY, ""))
      ) {
        bad.push([text, "taken"]);
      }
      if (!isPlainText(written)) bad.push([text, "not plain"]);
      // What nginx never sees is looked for in its configuration now and then: each look takes milliseconds.
      if (isVerbatim && index % 50 > 0) continue;
      const unknown = directives(nginxOf(settings)).filter(
        (name) => /^[a-z_]+$/.test(name) && !KNOWN.has(name),
      );
      if (unknown.length > 0) bad.push([text, unknown]);
      if (settings.host) {
        const options = sshOptions(settings.host);
        if (options.some((option, place) => option.startsWith("-") !== (place % 2 === 0)))
          bad.push([text, options]);
      }
    }
    expect(bad).toEqual([]);
  });

  it("end up in SQL as one text, or are refused", () => {
    const address = new URL("postgresql://web:x@maestro-test-postgres:5432/web");
    let taken = 0;
    for (const text of STRINGS) {
      const own = { role: "web", password: text, database: "web" };
      try {
        const statements = splitStatements(provisionSql(own).replaceAll("\\gexec", ";"));
        expect(statements).toHaveLength(4);
        expect(statements[1]).toBe("ALTER ROLE \"web\" PASSWORD 'text'");
        taken += 1;
      } catch (error) {
        if (!/^DATABASE_URL: /.test((error as Error).message)) throw error;
      }
      for (const part of ["role", "database"] as const) {
        const names = /^[a-z_][a-z0-9_]{0,62}$/;
        if (names.test(text)) continue;
        expect(() => provisionSql({ ...own, password: "x", [part]: text })).toThrow(
          /^DATABASE_URL: [^\n]+$/,
        );
      }
      address.password = text;
      try {
        expect(ownDatabase("maestro-test", address.href)?.role).toBe("web");
      } catch (error) {
        if (!/^DATABASE_URL: a "%" must/.test((error as Error).message)) throw error;
      }
    }
    expect(taken).toBeGreaterThan(500);
  });

  it("stay one line where somebody else's text is printed", () => {
    expect(
      STRINGS.filter((text) => !isPlainText(plainText(text)) || plainText(text).length > 1000),
    ).toEqual([]);
  });
});
