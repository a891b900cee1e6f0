import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readServicesFile } from "../../../config/readServicesFile";
import { findSecretsProviderProblems } from "../../../config/secretsProvider";
import { planRollback } from "../../../operations/rollback";
import { findCertificateProblems } from "../../../rules/edge/certificate";
import { findEngineProblems } from "../../../rules/host/engineNeeds";
import { createRelease, digestsOf } from "../../../release/release";
import { findSecretProblems } from "../../../rules/serviceSecrets";
import { parseSecret } from "../../../secretStore/store";
import { modelRelease, placedRelease, serviceRelease } from "../releases";
import { absent, config, elsewhere, service, yaml, type BadInput } from "./row";

const SECRET = { version: "v1", keys: ["host", "user"], emptyKeys: [] };
const HOST = "ssh://deploy@demo.example.com";
const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB3juwGFA0TXP35ttVoX3A/8kLdt4bHENlW7aCBgddPI";
const USE_KEY = "a password is not accepted, log in with a key";

const PATHS = { certificateFile: "/tls/certificate.pem", keyFile: "/tls/key.pem" };
const CERTIFICATE = Buffer.from(
  "MIIBfDCCASGgAwIBAgIUM9mQZ08kpXUqvZILkMhUwEV8i6EwCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwHbWFlc3RybzAgFw0yNjExMjExNDU1MzlaGA8yMTI2MTAyODE0NTUzOVowEjEQMA4GA1UEAwwHbWFlc3RybzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLlaZu//fWfgFDGpAJGo/KSCNzFxSL7+4Vf6n9GQOmHsHG8S/I2rQC0xkp9F3rb/1Si/ID9tj8W9C+XWFmnmftCjUzBRMB0GA1UdDgQWBBQM9Qb0/4sfx8vR0+ONrNc3scuZgTAfBgNVHSMEGDAWgBQM9Qb0/4sfx8vR0+ONrNc3scuZgTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDUrk4y0lGKvty2XS7hzo2I0RCS0QDOpW+9HHvtx3AbRwIhAOlQv81De8hSbWIYSC5mrrqCYZWNhtBB8GngVSeWTRD+",
  "base64",
);
/** The certificate's own key, which is used nowhere else; and another one. */
const [KEY, OTHER_KEY] = [
  {
    d: "gNoP_51HID--Wi8ltPYfB8qN4sl_ErGgkeB8mj60T8o",
    x: "uVpm7_99Z-AUMakAkaj8pII3MXFIvv7hV_qf0ZA6Yew",
    y: "HG8S_I2rQC0xkp9F3rb_1Si_ID9tj8W9C-XWFmnmftA",
  },
  {
    d: "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
    x: "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    y: "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
  },
].map((key) =>
  Buffer.from(
    createPrivateKey({ format: "jwk", key: { kty: "EC", crv: "P-256", ...key } }).export({
      format: "pem",
      type: "pkcs8",
    }),
  ),
) as [Buffer, Buffer];

/** Problems of the certificate with a key, in a year. */
function certificateIn(year: number, key: Buffer | null = KEY, certificate = CERTIFICATE) {
  return findCertificateProblems({ certificate, key }, PATHS, Date.UTC(year, 11));
}

const old = placedRelease(modelRelease({ web: 1 }));
const now = placedRelease(modelRelease({ web: 2 }));
const outputs = {
  release: { id: now.id, digests: digestsOf(now) },
  previousRelease: { id: old.id, digests: digestsOf(old) },
  history: [],
};
const rollBackTo = (to: string) =>
  planRollback({ stack: "demo", to }, outputs, () => null, {
    serving: now,
    canary: null,
    waiting: null,
  });

const engineOf = (apiVersion: string, cpus: string) =>
  findEngineProblems(
    { apiVersion, processors: 2, host: "web-1" },
    createRelease({
      web: serviceRelease({ overrides: { resources: { memoryMegabytes: 64, cpus, pids: 64 } } }),
    }),
  );

/** Runs in a directory of its own, with one file in it. */
function withFile<T>(name: string, content: string, action: () => T): T {
  const home = process.cwd();
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-bad-"));
  process.chdir(directory);
  try {
    writeFileSync(name, content);
    return action();
  } finally {
    process.chdir(home);
    rmSync(directory, { recursive: true });
  }
}

const BOMB = [
  "a: &a [x, x, x, x, x, x, x, x, x]",
  ...["b", "c", "d", "e", "f"].map((key, index) => {
    const before = "abcdef"[index];
    return `${key}: &${key} [${`*${before}, `.repeat(9)}]`;
  }),
].join("\n");

/** Rows about the stack: its secrets, host, certificate, releases and tools. */
// prettier-ignore
export const STACK_ROWS: readonly BadInput[] = [
  service(23, "a secret's ARN", { secrets: ["arn:aws:secretsmanager:eu-west-1:1:secret:x"] }, "services.web.secrets[0]: must be a name of letters, digits and _, no digit first; the value stays in the secrets store"),
  absent(23, "an ARN of another region", "secrets have names; where they are kept follows from project, stack and service"),
  { ...absent(24, "a secret that is not in the store", "`services.web.secrets: secret maestro/demo/web is not there; make it with …`: the store answers this, so it is tested against one"), more: ["tests/unit/update/programSecrets.test.ts", "tests/integration/secretsDelivery.test.ts"] },
  elsewhere(25, "a key that is not in the secret", () => findSecretProblems("web", ["url"], "secret maestro/demo/web", SECRET), "services.web.secrets.url: secret maestro/demo/web, version v1, has no key url, its keys are host, user; set it with `npm run secrets -- set --service web url`"),
  elsewhere(25, "a secret that is not JSON", () => parseSecret("secret maestro/demo/web", "hunter2"), 'secret maestro/demo/web is not JSON (value hidden); it must be a JSON object of names and texts, {"KEY": "value"}'),
  ...["ssh://demo.example.com", "ssh://deploy@demo.example.com:70000"].map((host) => config(29, `host \`${host}\``, { "config.host": host, "config.hostKey": HOST_KEY }, `host: must be ssh://<user>@<host>[:<port>], got "${host}"; ${USE_KEY}`)),
  config(29, "a password in the host's address", { "config.host": "ssh://deploy:hunter2@demo.example.com", "config.hostKey": HOST_KEY }, `host: must be ssh://<user>@<host>[:<port>], got [hidden]; ${USE_KEY}`),
  config(30, "a host without its key", { "config.host": HOST }, "hostKey: is required with maestro:host; get it with `ssh-keyscan demo.example.com`, and compare the fingerprint at the host's console"),
  absent(30, "one host twice", "a stack has one host"),
  config(33, "a certificate without a key", { "config.edge.tls": { certificateFile: "/tls/certificate.pem" } }, "edge.tls.keyFile: is required; give both files, PEM"),
  elsewhere(33, "a key that is not the certificate's", () => certificateIn(2026, OTHER_KEY), 'edge.tls.keyFile: is not the key of the certificate, got "/tls/key.pem"; give the two files of one pair'),
  elsewhere(33, "an expired certificate", () => certificateIn(2126), 'edge.tls.certificateFile: expired 2126-10-28, got "/tls/certificate.pem"; renew the certificate'),
  elsewhere(33, "a certificate of the future", () => certificateIn(2020), 'edge.tls.certificateFile: is not valid before 2026-11-21, got "/tls/certificate.pem"; check the host\'s clock, or wait'),
  elsewhere(33, "no certificate, no key", () => certificateIn(2026, null, Buffer.from("x")), 'edge.tls.certificateFile: is not a certificate, got "/tls/certificate.pem"; put the certificate there, PEM, or name another file', 'edge.tls.keyFile: no such file, got "/tls/key.pem"; put the certificate\'s private key there, PEM, or name another file'),
  elsewhere(34, "more processors than the host has", () => engineOf("1.47", "4"), 'services.web.resources.cpus: is more than the 2 processors of web-1, got "4"; lower it'),
  elsewhere(40, "a rollback to what serves", () => rollBackTo(now.id), `demo: release ${now.id} serves already`),
  elsewhere(40, "a rollback to what never served", () => rollBackTo("ffffffffffff"), "demo: release ffffffffffff never served here; choose one of: (none)"),
  config(40, "keepPrevious 0", { "config.rollout.keepPrevious": 0 }, "rollout.keepPrevious: must be one of warm, stopped, removed, got 0"),
  absent(41, "a notification's URL in clear", "there are no notifications"),
  absent(42, "a stack that is not development, demo or production", "any name is a stack; `maestro:kind` says what it is for: local has defaults for this machine, production may not hang on a passphrase"),
  elsewhere(42, "production with a passphrase", () => withFile("Pulumi.production.yaml", "encryptionsalt: v1:x\nconfig: {}\n", () => findSecretsProviderProblems("production", "production")), 'secretsProvider: must be a key service, got a passphrase (encryptionsalt in Pulumi.production.yaml); run `pulumi stack change-secrets-provider "awskms://<key id>?region=<region>"`'),
  config(43, "the name of no stack", { "config.promoteFrom": "a b", "config.release": undefined }, 'promoteFrom: must be the name of a stack such as demo, got "a b"; or <organization>/<project>/<stack>'),
  elsewhere(44, "a file of 2 MB", () => withFile("services.yaml", " ".repeat(2_000_001), () => readServicesFile("services.yaml").issues), "services.yaml: must be at most 2 MB, got 2000001 bytes; split it into two stacks"),
  yaml(44, "an alias bomb", BOMB, "services.yaml: has too many aliases; write the values out"),
  elsewhere(45, "a Docker Engine that is too old", () => engineOf("1.39", "1"), "docker: the engine's API on web-1 is too old, got 1.39; 1.41 (Docker 20.10) or newer is needed"),
  absent(45, "a CLI that is too old", "Pulumi.yaml asks for 3.112 or newer (older ones lose the outputs of a stack whose update fails); the CLI refuses by itself, since it knows `requiredPulumiVersion`"),
];
