import { createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { USER, type TokenAuth } from "./privateRegistry";

const ISSUER = "test-issuer";
const SERVICE = "test-registry";
const LIFE_SECONDS = 300;

/** Gives out the tokens that a real registry takes: the second server of Docker Hub, GHCR and Harbor. */
export class TokenServer {
  /** Scopes for which tokens were given. */
  readonly given: string[] = [];

  private constructor(
    private readonly server: Server,
    readonly auth: TokenAuth,
  ) {}

  static async start(): Promise<TokenServer> {
    const { key, certificate } = await createCertificate();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const realm = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    const auth = { realm, service: SERVICE, issuer: ISSUER, certificate };
    const tokens = new TokenServer(server, auth);
    server.on("request", ({ url = "", headers }, response) => {
      const basic = Buffer.from(`${USER.username}:${USER.password}`).toString("base64");
      if (headers.authorization !== `Basic ${basic}`) {
        response.writeHead(401).end(`{"details":"incorrect username or password"}`);
        return;
      }
      const scope = new URL(url, realm).searchParams.get("scope") ?? "";
      tokens.given.push(scope);
      response.end(JSON.stringify({ token: createToken(key, certificate, scope) }));
    });
    return tokens;
  }

  stop(): void {
    this.server.close();
  }
}

/** Source: the distribution registry's token specification; the certificate goes along, as `x5c`. */
function createToken(key: string, certificate: string, scope: string): string {
  const [type = "", name = "", actions = ""] = scope.split(":");
  const now = Math.floor(Date.now() / 1000);
  const x5c = [new X509Certificate(certificate).raw.toString("base64")];
  const claims = {
    ...{ iss: ISSUER, sub: USER.username, aud: SERVICE, jti: randomUUID() },
    ...{ iat: now, nbf: now - 60, exp: now + LIFE_SECONDS },
    access: [{ type, name, actions: actions.split(",") }],
  };
  const text = [{ typ: "JWT", alg: "RS256", x5c }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(text), createPrivateKey(key));
  return `${text}.${signature.toString("base64url")}`;
}

async function createCertificate(): Promise<{ key: string; certificate: string }> {
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-token-"));
  const file = (name: string) => path.join(directory, name);
  try {
    await execa("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=token"],
      ...["-keyout", file("key.pem"), "-out", file("root.pem")],
    ]);
    return {
      key: readFileSync(file("key.pem"), "utf8"),
      certificate: readFileSync(file("root.pem"), "utf8"),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
