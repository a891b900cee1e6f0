import { Gitlab } from "@gitbeaker/rest";
import type { Forge } from "./forge";
import type { IssueTracker } from "./issues";
import { requireAll, type Environment, type RequestOptions } from "./requestOptions";

const PAGE = 100;

/**
 * A merge request on GitLab, from what GitLab CI tells a job.
 *
 * @throws Error naming all that is missing.
 */
export function gitlabForge(options: RequestOptions, environment: Environment): Forge {
  const number = options.number ?? environment["CI_MERGE_REQUEST_IID"];
  const known = requireAll({
    ...whereabouts(options, environment),
    "--number: is needed where the pipeline is of no merge request": number,
  });
  const [token, at, request] = known as [string, string, string];
  const api = connect(token, environment);
  const iid = Number(request);
  return {
    async *comments() {
      const notes = await api.MergeRequestNotes.all(at, iid, {
        ...{ sort: "asc", orderBy: "created_at", perPage: PAGE },
      });
      yield* notes.map(({ id, body }) => ({ id, body }));
    },
    async create(body) {
      await api.MergeRequestNotes.create(at, iid, body);
    },
    async update(id, body) {
      await api.MergeRequestNotes.edit(at, iid, id, { body });
    },
    async labels() {
      const { labels } = await api.MergeRequests.show(at, iid);
      return labels.map((label) => (typeof label === "string" ? label : label.name));
    },
    async setLabels({ add, remove }) {
      await api.MergeRequests.edit(at, iid, {
        ...(add === null ? {} : { addLabels: add }),
        ...(remove.length > 0 ? { removeLabels: remove.join(",") } : {}),
      });
    },
  };
}

/**
 * The issues of a project on GitLab.
 *
 * @throws Error naming all that is missing.
 */
export function gitlabIssues(options: RequestOptions, environment: Environment): IssueTracker {
  const [token, at] = requireAll(whereabouts(options, environment)) as [string, string];
  const api = connect(token, environment);
  return {
    async *openIssues() {
      const issues = await api.Issues.all({
        ...{ projectId: at, state: "opened", orderBy: "created_at", sort: "asc", perPage: PAGE },
      });
      yield* issues.map(({ iid, title, description }) => ({
        ...{ number: iid, title, body: description ?? "" },
      }));
    },
    async open({ title, body }) {
      const { iid } = await api.Issues.create(at, title, { description: body });
      return iid;
    },
    async update(number, { title, body }) {
      await api.Issues.edit(at, number, { title, description: body });
    },
    async close(number, why) {
      await api.IssueNotes.create(at, number, why);
      await api.Issues.edit(at, number, { stateEvent: "close" });
    },
  };
}

/** What to say where it is missing -> the token, and the project. */
function whereabouts({ repository }: RequestOptions, environment: Environment) {
  return {
    "GITLAB_TOKEN: is not set; a job's own token may not write comments, so make a project access token with the scope `api`":
      environment["GITLAB_TOKEN"],
    "--repository: is needed outside of GitLab CI; such as acme/shop":
      repository ?? environment["CI_PROJECT_ID"],
  };
}

function connect(token: string, { CI_SERVER_URL: host }: Environment) {
  return new Gitlab({ token, ...(host ? { host } : {}) });
}
