import { ACCESS_FILE, readAccess } from "../config/accessFile";
import { isNamed } from "../rules/access/roles";
import type { GithubEnvironmentSettings } from "../rules/gates/gateSettings";
import { isSamePerson } from "../rules/gates/approval";
import { plainText } from "../rules/plainText";
import type { Gate, GateQuestion } from "./gate";

/** What GitHub Actions tells a job of itself. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A review of the run's deployment: one entry of `GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals`
 * (https://docs.github.com/en/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run).
 */
interface Review {
  readonly state: string;
  readonly environments: readonly { readonly name: string }[];
  readonly user: { readonly login: string } | null;
}

/**
 * Keeps a release in until a reviewer of an environment of GitHub, who does not deploy it, has let the job go on that runs
 * this update. GitHub asks its reviewers before the job begins; this gate holds a job to it whose workflow does not name
 * the environment, and an update that is run by hand. Where the project has an access.yaml, only its approvers count.
 *
 * @param root the project's directory.
 */
export function githubEnvironmentGate(
  { name }: GithubEnvironmentSettings,
  root: string,
  environment: Environment = process.env,
): Gate {
  return {
    name: "githubEnvironment",
    async ask(question, signal) {
      const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = environment;
      if (!repository || !run) {
        return `${name} has let nobody out: this is no job of GitHub Actions; run the workflow, or use gates.approvals`;
      }
      const reviews = await readReviews(environment, `${repository}/actions/runs/${run}`, signal);
      const access = await readAccess(root);
      const mayApprove = (actor: string) =>
        access === null ||
        // A review is of an environment, and of no ref.
        isNamed(
          access.roles.approver ?? [],
          { github: { actor, repository, ref: "", environment: name } },
          question.stack,
        );
      return judge(name, reviews, question, run, mayApprove);
    },
  };
}

function judge(
  name: string,
  reviews: readonly Review[],
  { deployer }: GateQuestion,
  run: string,
  mayApprove: (login: string) => boolean,
): string | null {
  const own = reviews.filter(({ environments }) =>
    environments.some((found) => found.name.toLowerCase() === name.toLowerCase()),
  );
  const loginsOf = (state: string) =>
    own.flatMap((review) => (review.state === state && review.user ? [review.user.login] : []));
  const [rejecting] = loginsOf("rejected");
  if (rejecting)
    return `${plainText(rejecting, 100)} has rejected run ${run} for ${name}; start another run`;
  const approved = loginsOf("approved");
  const approving = approved.filter(mayApprove);
  if (approving.some((login) => !isSamePerson(login, deployer))) return null;
  if (approved.length > 0 && approving.length === 0) {
    const who = plainText(approved.join(", "), 200);
    return `run ${run} was approved for ${name} by ${who}, who is no approver as \`github\` in ${ACCESS_FILE}; an approver has to`;
  }
  return approving.length > 0
    ? `run ${run} was approved for ${name} by ${deployer} alone, who deploys; another reviewer has to`
    : `nobody has approved run ${run} for ${name}; have its job name \`environment: ${name}\`, with required reviewers`;
}

/** @throws Error when GitHub does not say. */
async function readReviews(
  { GITHUB_API_URL: api = "https://api.github.com", GITHUB_TOKEN: token }: Environment,
  run: string,
  signal: AbortSignal,
): Promise<readonly Review[]> {
  if (!token) {
    throw new Error("GITHUB_TOKEN is not set; give it to the job's step, with `actions: read`");
  }
  const answer = await fetch(`${api}/repos/${run}/approvals`, {
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "x-github-api-version": "2022-11-28",
    },
    // A redirect would take the token to whomever it names.
    redirect: "error",
    signal,
  });
  if (answer.status !== 200) {
    const mend = [401, 403, 404].includes(answer.status)
      ? "; give the job `permissions: { actions: read }`"
      : "";
    throw new Error(`GitHub answers ${answer.status}${mend}`);
  }
  return (await answer.json()) as readonly Review[];
}
