import {
  differences,
  nexusResources,
  publishRole,
  type NexusRepositories,
  type NexusResource,
} from "../rules/packages/nexusRepositories";

const TIMEOUT_MILLISECONDS = 30_000;

interface NexusUser {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly status: string;
}

/** Keeps repositories, a role and a user in a Nexus 3 by its published REST API. */
export class NexusClient {
  private readonly authorization: string;

  /** @param url base address, without `/service/rest`. */
  constructor(
    private readonly url: string,
    login: { readonly user: string; readonly password: string },
  ) {
    const basic = Buffer.from(`${login.user}:${login.password}`).toString("base64");
    this.authorization = `Basic ${basic}`;
  }

  /** Makes what is missing and changes what differs; returns a line for each resource. */
  async ensure(wanted: NexusRepositories, publishPassword: string): Promise<string[]> {
    const lines: string[] = [];
    for (const resource of nexusResources(wanted)) {
      lines.push(`${resource.title}: ${await this.ensureResource(resource)}`);
    }
    const outcome = await this.ensureUser(wanted, publishPassword);
    return [...lines, `user ${wanted.publishUser}: ${outcome}`];
  }

  private async ensureResource(resource: NexusResource): Promise<string> {
    const present = await this.request("GET", resource.read);
    if (present === null) {
      await this.request("POST", resource.create, resource.body);
      return "created";
    }
    const changed = differences(resource.body, present);
    const fixed = changed.filter((path) => resource.fixed.includes(path));
    if (fixed.length > 0) {
      throw new Error(
        `${this.url}: ${resource.title}: ${fixed.join(", ")} cannot change; choose another name, or remove it in Nexus`,
      );
    }
    if (changed.length === 0) return "present";
    await this.request("PUT", resource.update, resource.body);
    return `changed ${changed.join(", ")}`;
  }

  /** A user that is there keeps its password: Nexus does not show it, and setting it anew would be a change each time. */
  private async ensureUser(wanted: NexusRepositories, password: string): Promise<string> {
    const { publishUser } = wanted;
    const users = (await this.request(
      "GET",
      `security/users?userId=${publishUser}`,
    )) as NexusUser[];
    const present = users.find(({ userId }) => userId === publishUser);
    const user = {
      userId: publishUser,
      firstName: "maestro",
      lastName: "publish",
      emailAddress: `${publishUser}@example.invalid`,
      status: "active",
      roles: [publishRole(wanted)],
    };
    if (!present) {
      await this.request("POST", "security/users", { ...user, password });
      return "created";
    }
    const changed = differences({ status: user.status, roles: user.roles }, present);
    if (changed.length === 0) return "present";
    await this.request("PUT", `security/users/${publishUser}`, { ...user, source: "default" });
    return `changed ${changed.join(", ")}`;
  }

  /** The answer's body; null: 404. */
  private async request(method: string, path: string, body?: object): Promise<unknown> {
    const url = `${this.url.replace(/\/+$/, "")}/service/rest/v1/${path}`;
    const answer = await fetch(url, {
      method,
      headers: {
        Authorization: this.authorization,
        Accept: "application/json",
        ...(body ? { "Content-Type": "application/json" } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    }).catch((error: unknown) => {
      const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
      throw new Error(`${this.url}: Nexus does not answer (${cause}); mend maestro:packages.url`);
    });
    const text = await answer.text();
    if (answer.status === 404 && method === "GET") return null;
    if (answer.status === 401 || answer.status === 403) {
      throw new Error(
        `${this.url}: Nexus answered ${answer.status} to ${method} ${path}; check NEXUS_ADMIN_USER and ` +
          `NEXUS_ADMIN_PASSWORD`,
      );
    }
    if (!answer.ok) {
      throw new Error(
        `${this.url}: Nexus answered ${answer.status} to ${method} ${path}: ${text.slice(0, 300)}`,
      );
    }
    return text === "" ? {} : JSON.parse(text);
  }
}
