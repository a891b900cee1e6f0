import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

type Body = Record<string, unknown>;

/** The path of a resource -> how Nexus's REST description says it behaves. */
const COLLECTIONS: readonly [create: RegExp, key: string, created: number, updated: number][] = [
  [/^blobstores\/file$/, "name", 201, 204],
  [/^repositories\/pypi\/(hosted|proxy|group)$/, "name", 201, 204],
  [/^security\/roles$/, "id", 200, 204],
  [/^security\/users$/, "userId", 200, 204],
];

/**
 * A small server that behaves as Nexus 3's published REST description says, as far as repositories, roles and users
 * go: statuses, required references, what an answer adds, and that no answer ever holds a password.
 */
export class NexusServer {
  readonly resources = new Map<string, Body>();
  /** Requests that changed something: `POST security/users`. */
  readonly changes: string[] = [];
  url = "";
  private server: Server | undefined;

  constructor(readonly adminPassword: string) {}

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      void this.answer(request).then(([status, body]) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(body === undefined ? "" : JSON.stringify(body));
      });
    });
    await new Promise<void>((done) => this.server?.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    return new Promise((done) => this.server?.close(() => done()));
  }

  private async answer(request: IncomingMessage): Promise<[number, unknown?]> {
    const { pathname, searchParams } = new URL(request.url ?? "", this.url);
    const expected = `Basic ${Buffer.from(`admin:${this.adminPassword}`).toString("base64")}`;
    if (request.headers.authorization !== expected) return [401];
    const path = pathname.replace(/^\/service\/rest\/v1\//, "");
    if (request.method === "GET") return this.read(path, searchParams);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    this.changes.push(`${request.method} ${path}`);
    return request.method === "POST" ? this.create(path, body) : this.update(path, body);
  }

  private read(path: string, query: URLSearchParams): [number, unknown?] {
    if (path === "security/users") {
      // A search, so that a user of a longer name is found too.
      const wanted = query.get("userId") ?? "";
      const users = [...this.resources].filter(([key]) =>
        key.startsWith(`security/users/${wanted}`),
      );
      return [200, users.map(([, user]) => withoutPassword(user))];
    }
    const found = this.resources.get(path);
    if (!found) return [404];
    const type = /^repositories\/pypi\/(\w+)/.exec(path)?.[1];
    // Nexus adds what it knows besides.
    return [200, type ? { ...found, format: "pypi", type, url: `${this.url}/repository` } : found];
  }

  private create(path: string, body: Body): [number, unknown?] {
    const kind = COLLECTIONS.find(([pattern]) => pattern.test(path));
    if (!kind) return [404];
    const [, key, created] = kind;
    const own = `${path}/${String(body[key])}`;
    if (this.resources.has(own)) return [400, [{ id: key, message: "is used already" }]];
    const problem = this.problem(path, body);
    if (problem) return [400, [{ id: "*", message: problem }]];
    this.resources.set(own, body);
    return [created, path.startsWith("security/") ? withoutPassword(body) : undefined];
  }

  private update(path: string, body: Body): [number, unknown?] {
    const present = this.resources.get(path);
    if (!present) return [404];
    const problem = this.problem(path, body);
    if (problem) return [400, [{ id: "*", message: problem }]];
    this.resources.set(path, { ...present, ...body });
    return [204];
  }

  private problem(path: string, body: Body): string | undefined {
    const { storage, group } = body as {
      storage?: { blobStoreName: string };
      group?: { memberNames: string[] };
    };
    if (storage && !this.resources.has(`blobstores/file/${storage.blobStoreName}`)) {
      return `Blob store ${storage.blobStoreName} not found`;
    }
    const missing = group?.memberNames.find(
      (name) => ![...this.resources.keys()].some((key) => key.endsWith(`/${name}`)),
    );
    if (missing) return `Member repository does not exist: ${missing}`;
    if (path === "security/users" && !body["password"]) return "password must not be empty";
    const roles = path.startsWith("security/users") ? (body["roles"] as string[]) : [];
    const role = roles.find((name) => !this.resources.has(`security/roles/${name}`));
    return role && `Role ${role} not found`;
  }
}

function withoutPassword(user: Body): Body {
  return Object.fromEntries(Object.entries(user).filter(([key]) => key !== "password"));
}
