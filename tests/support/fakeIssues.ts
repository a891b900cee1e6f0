/** An issue; GitHub counts pull requests among them. */
export interface FakeIssue {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly isRequest: boolean;
  readonly comments: string[];
}

export type Give = (status: number, content: unknown, headers?: Record<string, string>) => void;

/** A page, with the headers by which both servers name the next one. */
export function pageOf<T>(all: readonly T[], url: URL) {
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const number = Number(url.searchParams.get("page") ?? 1);
  const page = all.slice((number - 1) * size, number * size);
  const next = new URL(url);
  next.searchParams.set("page", String(number + 1));
  const hasNext = all.length > number * size;
  const headers: Record<string, string> = hasNext
    ? { "x-next-page": String(number + 1), link: `<${next.href}>; rel="next"` }
    : {};
  return { page, headers: { "x-page": String(number), ...headers } };
}

/** A request's fields, as far as they are read. */
type Texts = Readonly<Record<string, string | undefined>>;

interface Issues {
  readonly issues: readonly FakeIssue[];
  issue(title: string, body: string): FakeIssue;
}

/**
 * Answers as GitHub's API for the issues of acme/shop, or GitLab's for those of project 12.
 *
 * @returns false: this is about something else.
 */
export function answerIssues(
  forge: Issues,
  way: string,
  url: URL,
  body: Texts,
  give: Give,
): boolean {
  const isGitlab = url.pathname.startsWith("/api/v4/");
  const own = isGitlab ? "/api/v4/projects/12/issues" : "/repos/acme/shop/issues";
  const show: (issue: FakeIssue) => object = isGitlab ? asGitlab : asGithub;
  const [, number, part] = new RegExp(`^\\w+ ${own}/(\\d+)(?:/(notes|comments))?$`).exec(way) ?? [];
  const issue = forge.issues.find((each) => String(each.number) === number);
  if (way === `GET ${own}`) {
    const wanted = url.searchParams.get("state")?.replace("opened", "open");
    const open = forge.issues.filter(({ state }) => wanted === undefined || state === wanted);
    const { page, headers } = pageOf(isGitlab ? open.filter((each) => !each.isRequest) : open, url);
    give(200, page.map(show), headers);
  } else if (way === `POST ${own}`) {
    give(201, show(forge.issue(body["title"] ?? "", textOf(body))));
  } else if (issue && part !== undefined && way.startsWith("POST ")) {
    issue.comments.push(textOf(body));
    give(201, { id: issue.comments.length, body: body["body"] });
  } else if (issue && part === undefined && /^(?:PATCH|PUT) /.test(way)) {
    issue.title = body["title"] ?? issue.title;
    issue.body = textOf(body) || issue.body;
    if (body["state"] === "closed" || body["state_event"] === "close") issue.state = "closed";
    give(200, show(issue));
  } else return false;
  return true;
}

/** What a request says: a body on GitHub, a description on GitLab. */
const textOf = (body: Texts) => body["body"] ?? body["description"] ?? "";

function asGithub({ number, title, body, state, isRequest }: FakeIssue) {
  return { number, title, body, state, ...(isRequest ? { pull_request: {} } : {}) };
}

function asGitlab({ number, title, body, state }: FakeIssue) {
  return { iid: number, title, description: body, state: state === "open" ? "opened" : state };
}
