import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa, { type ExecaChildProcess } from "execa";
import { ensureGoBinary } from "./foreignImages";
import { sendRaw } from "./rawRequest";

const PEBBLE = "github.com/letsencrypt/pebble/v2/cmd/pebble";
/** Much longer than it takes to start two small programs. */
const START_MILLISECONDS = 60_000;

/** Ports of this machine that nobody else has. */
export interface AcmePorts {
  /** Where names of a challenge are asked by HTTP: the edge's. */
  readonly http: number;
  /** The first of five. */
  readonly first: number;
}

/**
 * Pebble, the authority that Let's Encrypt tests clients with, and its DNS server, for which all names are this machine.
 * In front of both is a server of the test's own that can answer as one does who was asked too often: Pebble never does.
 */
export class AcmeServer {
  private readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-acme-"));
  private readonly running: ExecaChildProcess[] = [];
  private readonly front: https.Server;
  /** Seconds after which it may be asked again; null: it answers. */
  private retryAfter: number | null = null;
  /** Orders that were taken, or refused as too many. */
  orders = 0;

  private constructor(private readonly ports: AcmePorts) {
    const run = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"];
    const files = ["-subj", "/CN=localhost", "-keyout", this.file("key"), "-out", this.caFile];
    const names = ["-addext", "subjectAltName=DNS:localhost"];
    execa.sync("openssl", [...run, ...files, ...names]);
    const secrets = { cert: readFileSync(this.caFile), key: readFileSync(this.file("key")) };
    this.front = https.createServer(secrets, (request, response) => {
      const isOrder = request.url?.startsWith("/order-plz");
      if (isOrder) {
        if (this.retryAfter !== null) {
          this.orders += 1;
          const type = "urn:ietf:params:acme:error:rateLimited";
          const detail = "too many certificates already issued";
          response.writeHead(429, {
            "content-type": "application/problem+json",
            "retry-after": String(this.retryAfter),
          });
          return void response.end(JSON.stringify({ type, detail, status: 429 }));
        }
      }
      const { url: asked, method, headers } = request;
      const options = { port: ports.first + 1, path: asked, method, headers };
      const behind = https.request({ ...options, rejectUnauthorized: false }, (answer) => {
        // Pebble refuses the nonces of some requests, which are sent once more then.
        if (isOrder && answer.statusCode === 201) this.orders += 1;
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      });
      behind.on("error", () => response.destroy());
      request.pipe(behind);
    });
  }

  /** @param profiles name -> how long its certificates are good, in seconds; `default` is among them. */
  static async start(
    ports: AcmePorts,
    profiles: Readonly<Record<string, number>>,
  ): Promise<AcmeServer> {
    const server = new AcmeServer(ports);
    const address = (behind: number) => `127.0.0.1:${ports.first + behind}`;
    const pebble = {
      ...{ listenAddress: address(1), managementListenAddress: address(2) },
      ...{ certificate: server.caFile, privateKey: server.file("key") },
      ...{ httpPort: ports.http, tlsPort: ports.http, ocspResponderURL: "" },
      ...{ externalAccountBindingRequired: false, retryAfter: { authz: 1, order: 1 } },
      domainBlocklist: ["blocked.test"],
      profiles: Object.fromEntries(
        Object.entries(profiles).map(([name, validityPeriod]) => [
          name,
          { description: name, validityPeriod },
        ]),
      ),
    };
    writeFileSync(server.file("config"), JSON.stringify({ pebble }));
    const dns = await ensureGoBinary("pebble-challtestsrv", `${PEBBLE}-challtestsrv`, "pebble");
    server.run(dns, [
      ...["-dnsserver", address(3), "-management", address(4), "-defaultIPv6", ""],
      ...["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""],
    ]);
    server.run(
      await ensureGoBinary("pebble", PEBBLE, "pebble"),
      ["-config", server.file("config"), "-dnsserver", address(3)],
      // Some good nonces are refused, as real servers do that forget; authorizations are never taken again.
      { PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "10", PEBBLE_AUTHZREUSE: "0" },
    );
    await new Promise<void>((resolve) => server.front.listen(ports.first, "127.0.0.1", resolve));
    await server.started();
    return server;
  }

  /** What `edge.tls.acme.authority` names. */
  get url(): string {
    return `https://localhost:${this.ports.first}/dir`;
  }

  /** What whoever asks it must trust: NODE_EXTRA_CA_CERTS. */
  get caFile(): string {
    return this.file("certificate");
  }

  /** The URL that a hook of `dns-01` puts records to. */
  get dnsUrl(): string {
    return `http://127.0.0.1:${this.ports.first + 4}`;
  }

  /** The root of its certificates, PEM. */
  async root(): Promise<string> {
    return (await sendRaw(`https://127.0.0.1:${this.ports.first + 2}`, "/roots/0")).body;
  }

  /** Answers orders as one does who was asked too often; null: no more. */
  limit(retryAfter: number | null): void {
    this.retryAfter = retryAfter;
  }

  /** Has DNS name another address for a name from now on. */
  async move(host: string, address: string): Promise<void> {
    const body = JSON.stringify({ host, addresses: [address] });
    await sendRaw(this.dnsUrl, "/add-a", { method: "POST", body });
  }

  async stop(): Promise<void> {
    this.front.close();
    this.front.closeAllConnections();
    for (const child of this.running) child.kill("SIGKILL");
    await Promise.all(this.running);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
    this.running.push(execa(file, args, { env, stdio: "ignore", reject: false }));
  }

  private async started(): Promise<void> {
    const deadline = Date.now() + START_MILLISECONDS;
    const answers = (base: string) => sendRaw(base, "/dir").then(Boolean, () => false);
    const front = `https://127.0.0.1:${this.ports.first}`;
    while (!((await answers(front)) && (await answers(this.dnsUrl)))) {
      if (Date.now() > deadline) throw new Error("Pebble has not started");
      await sleep(50);
    }
  }

  private file(name: string): string {
    return path.join(this.directory, name);
  }
}
