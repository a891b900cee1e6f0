import type { GitlabClaims } from "../../rules/access/roles";
import { NOBODY, type Caller } from "./caller";
import { readToken, textOf } from "./jobToken";

/** Where a job has its token, as its `id_tokens` names it. */
const VARIABLE = "MAESTRO_ID_TOKEN";

/** A job of GitLab CI, by the token that GitLab signs for it (https://docs.gitlab.com/ci/secrets/id_token_authentication/). */
export const gitlab: Caller = async ({ issuers, audience }, environment) => {
  const token = environment[VARIABLE];
  if (!token) {
    if (environment["GITLAB_CI"] !== "true") return NOBODY;
    const problem = `this job cannot prove who runs it; give it \`id_tokens: { ${VARIABLE}: { aud: ${audience} } }\``;
    return { identities: {}, problem };
  }
  try {
    const payload = await readToken(token, { issuer: issuers.gitlab, audience });
    const [user, project, ref] = ["user_login", "project_path", "ref"].map((name) =>
      textOf(payload, name),
    );
    const environmentName = textOf(payload, "environment");
    if (!user || !project || !ref) throw new Error("the token names no user, project or ref");
    const claims: GitlabClaims = {
      ...{ user, project, ref },
      ...(environmentName === undefined ? {} : { environment: environmentName }),
    };
    return { identities: { gitlab: claims } };
  } catch (error) {
    const reason = (error as Error).message;
    return { identities: {}, problem: `${VARIABLE} proves nothing: ${reason}` };
  }
};
