import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerIssues, pageOf, type FakeIssue, type Give } from "./fakeIssues";

interface Comment {
  readonly id: number;
  body: string;
}

/** Who asked for what, in order: `PATCH /repos/acme/shop/issues/comments/7`. */
type Asked = string[];

/**
 * One pull request of acme/shop, number 7, as GitHub's REST API has it, and the same as GitLab's merge request. Both have
 * 100 comments a page, which the clients have to turn.
 */
export class FakeForges {
  readonly comments: Comment[] = [];
  readonly issues: FakeIssue[] = [];
  readonly asked: Asked = [];
  labels: string[] = [];
  /** Statuses of the next answers, in place of what was asked for. */
  readonly failures: number[] = [];
  private server: Server | null = null;
  private nextId = 1;

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
    await new Promise<void>((done) => this.server!.listen(0, "127.0.0.1", done));
  }

  async stop(): Promise<void> {
    await new Promise((done) => this.server?.close(done));
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server!.address() as AddressInfo).port}`;
  }

  /** What GitHub Actions gives a job. */
  get github(): Record<string, string> {
    return {
      ...{ GITHUB_API_URL: this.address, GITHUB_REPOSITORY: "acme/shop", GITHUB_TOKEN: "ghs_x" },
      ...{ GITHUB_SERVER_URL: "https://github.example", GITHUB_RUN_ID: "17" },
    };
  }

  /** What GitLab CI gives a job. */
  get gitlab(): Record<string, string> {
    return {
      ...{ GITLAB_CI: "true", CI_SERVER_URL: this.address, CI_PROJECT_ID: "12" },
      ...{
        CI_MERGE_REQUEST_IID: "7",
        GITLAB_TOKEN: "glpat-x",
        CI_JOB_URL: "https://gitlab.example/-/jobs/9",
      },
    };
  }

  comment(body: string): void {
    this.comments.push({ id: this.nextId++, body });
  }

  issue(title: string, body: string, isRequest = false): FakeIssue {
    const number = 100 + this.issues.length;
    const issue: FakeIssue = { number, title, body, state: "open", isRequest, comments: [] };
    this.issues.push(issue);
    return issue;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.address);
    this.asked.push(`${request.method} ${url.pathname}`);
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const body = JSON.parse(text || "{}") as Record<string, unknown>;
    const give = (status: number, content: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(content));
    };
    const failure = this.failures.shift();
    if (failure) return give(failure, { message: "not now" });
    const way = `${request.method} ${url.pathname}`;
    if (answerIssues(this, way, url, body as Record<string, string>, give)) return;
    if (url.pathname.startsWith("/api/v4/")) return this.answerAsGitlab(way, url, body, give);
    return this.answerAsGithub(way, url, body, give);
  }

  private answerAsGithub(way: string, url: URL, body: Record<string, unknown>, give: Give): void {
    const own = "/repos/acme/shop/issues";
    const edited = new RegExp(`^PATCH ${own}/comments/(\\d+)$`).exec(way);
    const removed = new RegExp(`^DELETE ${own}/7/labels/(.+)$`).exec(way);
    if (way === `GET ${own}/7/comments`) {
      const { page, headers } = pageOf(this.comments, url);
      return give(200, page, headers);
    }
    if (way === `POST ${own}/7/comments`) return give(201, this.create(body));
    if (edited) return this.edit(Number(edited[1]), body, give);
    if (way === `GET ${own}/7/labels`)
      return give(
        200,
        this.labels.map((name) => ({ name })),
      );
    if (way === `POST ${own}/7/labels`) {
      this.labels.push(...(body["labels"] as string[]));
      return give(200, []);
    }
    if (removed) {
      this.labels = this.labels.filter((name) => name !== decodeURIComponent(removed[1]!));
      return give(200, []);
    }
    give(404, { message: "Not Found" });
  }

  private answerAsGitlab(way: string, url: URL, body: Record<string, unknown>, give: Give): void {
    const own = "/api/v4/projects/12/merge_requests/7";
    const edited = new RegExp(`^PUT ${own}/notes/(\\d+)$`).exec(way);
    if (way === `GET ${own}/notes`) {
      const { page, headers } = pageOf(this.comments, url);
      return give(200, page, headers);
    }
    if (way === `POST ${own}/notes`) return give(201, this.create(body));
    if (edited) return this.edit(Number(edited[1]), body, give);
    if (way === `GET ${own}`) return give(200, { iid: 7, labels: this.labels });
    if (way === `PUT ${own}`) {
      const listed = (key: string) =>
        ((body[key] as string | undefined) ?? "").split(",").filter(Boolean);
      const removed = listed("remove_labels");
      this.labels = [
        ...this.labels.filter((name) => !removed.includes(name)),
        ...listed("add_labels"),
      ];
      return give(200, { iid: 7, labels: this.labels });
    }
    give(404, { message: "404 Not found" });
  }

  private create(body: Record<string, unknown>): Comment {
    this.comment(body["body"] as string);
    return this.comments.at(-1)!;
  }

  private edit(id: number, { body }: Record<string, unknown>, give: Give): void {
    const comment = this.comments.find((each) => each.id === id);
    if (!comment) return give(404, { message: "Not Found" });
    comment.body = body as string;
    give(200, comment);
  }
}
