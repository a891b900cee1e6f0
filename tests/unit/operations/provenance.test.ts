import { readBuildOrigin } from "../../../operations/images/provenance";

const GITHUB = {
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "acme/shop",
  GITHUB_WORKFLOW_REF: "acme/shop/.github/workflows/main.yml@refs/heads/main",
  ...{ GITHUB_REF: "refs/heads/main", GITHUB_RUN_ID: "42" },
};
const GITLAB = {
  CI_PROJECT_URL: "https://gitlab.example.com/acme/shop",
  ...{ CI_RUNNER_ID: "7", CI_COMMIT_REF_NAME: "main" },
  CI_JOB_URL: "https://gitlab.example.com/acme/shop/-/jobs/9",
};

describe("where images are built", () => {
  it("is said by GitHub Actions", () => {
    expect(readBuildOrigin("/", undefined, GITHUB)).toEqual({
      builder: "https://github.com/acme/shop/.github/workflows/main.yml@refs/heads/main",
      source: "https://github.com/acme/shop",
      ref: "refs/heads/main",
      run: "https://github.com/acme/shop/actions/runs/42",
    });
  });

  it("is said by GitLab CI, and by who calls", () => {
    const origin = {
      source: "https://gitlab.example.com/acme/shop",
      ref: "main",
      run: "https://gitlab.example.com/acme/shop/-/jobs/9",
    };
    const builder = "https://gitlab.example.com/acme/shop/-/runners/7";
    expect(readBuildOrigin("/", undefined, GITLAB)).toEqual({ ...origin, builder });
    const own = "https://builds.example.com";
    expect(readBuildOrigin("/", own, GITLAB)).toEqual({ ...origin, builder: own });
  });

  it("is unknown elsewhere, which is said at once", () => {
    expect(() => readBuildOrigin("/", undefined, {})).toThrow(
      "--builder: is required outside of GitHub Actions and GitLab CI; name who builds\n" +
        "--provenance: / has no remote `origin`; add one to its git",
    );
  });
});
