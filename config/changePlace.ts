import { hostname } from "node:os";
import { osUser } from "./osUser";
import { plainText } from "../rules/plainText";
import type { ChangePlace } from "../release/history";

/** Where a change is made from; for the events. */
export function changePlace(): ChangePlace {
  const { name, as } = osUser();
  const run = runAddress(process.env);
  return {
    host: plainText(hostname(), 100),
    user: plainText(as === undefined ? name : `${name} as ${as}`, 100),
    ...(run === null ? {} : { run: plainText(run, 300) }),
  };
}

/** The page of the CI's run, by what GitHub Actions and GitLab CI tell each job; null: this is none. */
function runAddress(environment: Readonly<NodeJS.ProcessEnv>): string | null {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = environment;
  const { GITHUB_RUN_ID: run, CI_JOB_URL: job } = environment;
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}`;
  return job ?? null;
}
