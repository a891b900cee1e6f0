import { readFileSync } from "node:fs";
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import type { Forge } from "./forge";
import type { IssueTracker } from "./issues";
import { requireAll, type Environment, type RequestOptions } from "./requestOptions";

const PAGE = 100;
const REPOSITORY_ADVICE = "--repository: is needed outside of GitHub Actions; such as acme/shop";

/**
 * A pull request on GitHub, from what GitHub Actions tells a job.
 *
 * @throws Error naming all that is missing.
 */
export function githubForge(options: RequestOptions, environment: Environment): Forge {
  const number = options.number ?? numberInEvent(environment);
  const known = requireAll({
    [tokenAdvice("pull-requests")]: environment["GITHUB_TOKEN"],
    [REPOSITORY_ADVICE]: repositoryOf(options, environment),
    "--number: is needed where the event is no pull request": number,
  });
  const [token, name, issue] = known as [string, string, string];
  const { octokit, owner, repo } = connect(token, name, environment);
  const at = { owner, repo, issue_number: Number(issue) };
  return {
    async *comments() {
      const url = "GET /repos/{owner}/{repo}/issues/{issue_number}/comments";
      for await (const page of octokit.paginate.iterator(url, { ...at, per_page: PAGE })) {
        yield* page.data.map(({ id, body = "" }) => ({ id, body }));
      }
    },
    async create(body) {
      await octokit.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
        ...at,
        body,
      });
    },
    async update(id, body) {
      const url = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
      await octokit.request(url, { owner, repo, comment_id: id, body });
    },
    async labels() {
      const url = "GET /repos/{owner}/{repo}/issues/{issue_number}/labels";
      const labels = await octokit.paginate(url, { ...at, per_page: PAGE });
      return labels.map((label) => label.name);
    },
    async setLabels({ add, remove }) {
      const url = "/repos/{owner}/{repo}/issues/{issue_number}/labels";
      if (add !== null) await octokit.request(`POST ${url}`, { ...at, labels: [add] });
      for (const label of remove) {
        await octokit.request(`DELETE ${url}/{name}`, { ...at, name: label });
      }
    },
  };
}

/**
 * The issues of a repository on GitHub. Pull requests, which its API counts among them, are left out.
 *
 * @throws Error naming all that is missing.
 */
export function githubIssues(options: RequestOptions, environment: Environment): IssueTracker {
  const known = requireAll({
    [tokenAdvice("issues")]: environment["GITHUB_TOKEN"],
    [REPOSITORY_ADVICE]: repositoryOf(options, environment),
  });
  const [token, name] = known as [string, string];
  const { octokit, owner, repo } = connect(token, name, environment);
  const one = "/repos/{owner}/{repo}/issues/{issue_number}";
  return {
    async *openIssues() {
      const url = "GET /repos/{owner}/{repo}/issues";
      const oldestFirst = { state: "open", sort: "created", direction: "asc" } as const;
      const query = { owner, repo, ...oldestFirst, per_page: PAGE };
      for await (const { data } of octokit.paginate.iterator(url, query)) {
        const issues = data.filter((each) => !each.pull_request);
        yield* issues.map((each) => ({
          ...{ number: each.number, title: each.title, body: each.body ?? "" },
        }));
      }
    },
    async open(issue) {
      const url = "POST /repos/{owner}/{repo}/issues";
      const { data } = await octokit.request(url, { owner, repo, ...issue });
      return data.number;
    },
    async update(number, issue) {
      await octokit.request(`PATCH ${one}`, { owner, repo, issue_number: number, ...issue });
    },
    async close(number, why) {
      const at = { owner, repo, issue_number: number };
      await octokit.request(`POST ${one}/comments`, { ...at, body: why });
      await octokit.request(`PATCH ${one}`, { ...at, state: "closed", state_reason: "completed" });
    },
  };
}

function tokenAdvice(scope: string): string {
  return `GITHUB_TOKEN: is not set; give the step \`env: { GITHUB_TOKEN: \${{ github.token }} }\` and the job \`permissions: { ${scope}: write }\``;
}

function repositoryOf({ repository }: RequestOptions, environment: Environment) {
  return repository ?? environment["GITHUB_REPOSITORY"];
}

function connect(token: string, name: string, { GITHUB_API_URL: baseUrl }: Environment) {
  const [owner = "", repo = ""] = name.split("/");
  const octokit = new (Octokit.plugin(paginateRest, retry))({
    auth: token,
    ...(baseUrl ? { baseUrl } : {}),
    userAgent: "maestro",
    // What it would tell the terminal, an error says as well.
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: console.warn,
      error: () => undefined,
    },
  });
  return { octokit, owner, repo };
}

/** Number of the pull request that a job was started for; undefined: none. */
function numberInEvent({ GITHUB_EVENT_PATH: file }: Environment): string | undefined {
  if (!file) return undefined;
  const event = JSON.parse(readFileSync(file, "utf8")) as {
    pull_request?: { number: number };
    issue?: { number: number; pull_request?: unknown };
  };
  const { pull_request: pull, issue } = event;
  const number = pull?.number ?? (issue?.pull_request ? issue.number : undefined);
  return number === undefined ? undefined : String(number);
}
