import { Gitlab } from "@gitbeaker/rest";
import type { Forge } from "./forge";
import { requireAll, type Environment, type RequestOptions } from "./requestOptions";

const PAGE = 100;

/**
 * A merge request on GitLab, from what GitLab CI tells a job.
 *
 * @throws Error naming all that is missing.
 */
export function gitlabForge(options: RequestOptions, environment: Environment): Forge {
  const { GITLAB_TOKEN: token, CI_SERVER_URL: host } = environment;
  const project = options.repository ?? environment["CI_PROJECT_ID"];
  const number = options.number ?? environment["CI_MERGE_REQUEST_IID"];
  const known = requireAll({
    "GITLAB_TOKEN: is not set; a job's own token may not write comments, so make a project access token with the scope `api`":
      token,
    "--repository: is needed outside of GitLab CI; such as acme/shop": project,
    "--number: is needed where the pipeline is of no merge request": number,
  });
  const [secret, at, request] = known as [string, string, string];
  const api = new Gitlab({ token: secret, ...(host ? { host } : {}) });
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
