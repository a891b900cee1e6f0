import path from "node:path";
import { askGit } from "../../config/git";
import { repositoryOf } from "../../rules/gates/signatureRules";
import type { ServiceSource } from "./services";

type Environment = Readonly<Record<string, string | undefined>>;

/** What an image is built from, by whom. */
export interface BuildOrigin {
  /** `https://github.com/acme/shop/.github/workflows/main.yml@refs/heads/main`. */
  readonly builder: string;
  /** `https://github.com/acme/shop`. */
  readonly source: string;
  /** Branch or tag; undefined: it is not known. */
  readonly ref?: string | undefined;
  /** Page of the run; undefined: there is none. */
  readonly run?: string | undefined;
}

/** What a CI or git says; null: nobody says it. */
interface FoundOrigin extends Pick<BuildOrigin, "ref" | "run"> {
  readonly builder: string | null;
  readonly source: string | null;
}

/**
 * Where this process builds, by what the CI says of itself; outside of one, by git.
 *
 * @param builder takes the place of the CI's.
 * @throws Error naming what is not known.
 */
export function readBuildOrigin(
  directory: string,
  builder: string | undefined,
  environment: Environment = process.env,
): BuildOrigin {
  const found = originOfCi(environment) ?? { builder: null, source: originOfGit(directory) };
  const by = builder ?? found.builder;
  if (by !== null && found.source !== null) {
    return { ...found, source: repositoryOf(found.source), builder: by };
  }
  const problems = [
    ...(by === null
      ? ["--builder: is required outside of GitHub Actions and GitLab CI; name who builds"]
      : []),
    ...(found.source === null
      ? [`--provenance: ${path.resolve(directory)} has no remote \`origin\`; add one to its git`]
      : []),
  ];
  throw new Error(problems.join("\n"));
}

function originOfCi(environment: Environment): FoundOrigin | null {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_WORKFLOW_REF } = environment;
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_WORKFLOW_REF) {
    const source = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
    return {
      ...{ source, builder: `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}` },
      ref: environment["GITHUB_REF"],
      run: `${source}/actions/runs/${environment["GITHUB_RUN_ID"] ?? ""}`,
    };
  }
  const { CI_PROJECT_URL, CI_RUNNER_ID } = environment;
  if (!CI_PROJECT_URL || !CI_RUNNER_ID) return null;
  return {
    ...{ source: CI_PROJECT_URL, builder: `${CI_PROJECT_URL}/-/runners/${CI_RUNNER_ID}` },
    ref: environment["CI_COMMIT_REF_NAME"],
    run: environment["CI_JOB_URL"],
  };
}

function originOfGit(directory: string): string | null {
  const answer = askGit(directory, ["config", "--get", "remote.origin.url"]);
  const address = "output" in answer ? answer.output : null;
  // `git@github.com:acme/shop.git`
  return (
    address &&
    address.replace(
      /^(?:ssh:\/\/)?[\w.-]+@([^:/]+)(?::\d+)?[:/]/,
      (_all, host: string) => `https://${host}/`,
    )
  );
}

/**
 * The commit that each service's directory is at, by service.
 *
 * @throws Error naming each of which what would be built is in no commit: then nothing could be said of where it is from.
 */
export function requireCommits(services: readonly ServiceSource[]): ReadonlyMap<string, string> {
  const found = services.map((service) => [service.name, commitOf(service)] as const);
  const problems = found.flatMap(([name, { problem }]) =>
    problem === undefined ? [] : [`${name}: has no provenance: ${problem}`],
  );
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return new Map(found.map(([name, { commit = "" }]) => [name, commit]));
}

function commitOf({ origin }: ServiceSource): { commit?: string; problem?: string } {
  const head = askGit(origin, ["rev-parse", "HEAD"]);
  if ("problem" in head) return { problem: head.problem };
  const status = askGit(origin, ["status", "--porcelain", "--", "."]);
  if ("problem" in status) return { problem: status.problem };
  const at = path.resolve(origin);
  if (head.output === null) return { problem: `${at} is in no commit; commit it` };
  return status.output
    ? { problem: `${at} has changes that are in no commit; commit them` }
    : { commit: head.output };
}

/** The predicate of SLSA 1 (https://slsa.dev/spec/v1.0/provenance) for one image. */
export function slsaPredicate(
  { builder, source, ref, run }: BuildOrigin,
  { name, dockerfile, context, target, platform, buildArguments }: ServiceSource,
  { commit, startedOn, finishedOn }: { commit: string; startedOn: string; finishedOn: string },
): object {
  const from = `git+${source}${ref ? `@${ref}` : ""}`;
  return {
    buildDefinition: {
      buildType: "urn:maestro:images:1",
      externalParameters: {
        ...{ source: from, service: name, dockerfile: path.relative(context, dockerfile) },
        ...{ target, platform, arguments: buildArguments },
      },
      resolvedDependencies: [{ uri: from, digest: { gitCommit: commit } }],
    },
    runDetails: {
      builder: { id: builder },
      metadata: { ...(run ? { invocationId: run } : {}), startedOn, finishedOn },
    },
  };
}
