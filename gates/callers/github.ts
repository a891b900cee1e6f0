import type { GithubClaims } from "../../rules/access/roles";
import { NOBODY, type Caller } from "./caller";
import { getJson, readToken, textOf } from "./jobToken";

/**
 * A job of GitHub Actions, by the token that GitHub signs for it
 * (https://docs.github.com/actions/reference/security/oidc). Variables such as GITHUB_ACTOR prove nothing: anybody can set
 * them.
 */
export const github: Caller = async ({ issuers, audience }, environment) => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = environment;
  if (!url || !bearer) {
    if (environment["GITHUB_ACTIONS"] !== "true") return NOBODY;
    const problem = "this job cannot prove who runs it; give it `permissions: { id-token: write }`";
    return { identities: {}, problem };
  }
  try {
    const asked = `${url}&audience=${encodeURIComponent(audience)}`;
    const { value } = (await getJson(asked, { authorization: `Bearer ${bearer}` })) as {
      value?: unknown;
    };
    if (typeof value !== "string" || value === "") throw new Error("GitHub gives no token");
    const payload = await readToken(value, { issuer: issuers.github, audience });
    const [actor, repository, ref] = ["actor", "repository", "ref"].map((name) =>
      textOf(payload, name),
    );
    const environmentName = textOf(payload, "environment");
    if (!actor || !repository || !ref)
      throw new Error("the token names no actor, repository or ref");
    const claims: GithubClaims = {
      ...{ actor, repository, ref },
      ...(environmentName === undefined ? {} : { environment: environmentName }),
    };
    return { identities: { github: claims } };
  } catch (error) {
    const reason = (error as Error).message;
    return { identities: {}, problem: `this job's token of GitHub proves nothing: ${reason}` };
  }
};
