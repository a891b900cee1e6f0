import { findReleaseProblems } from "../../../dev/checkRelease";

const CHANGELOG =
  "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-11-29\n\n### Added\n\n- it\n";

describe("a release of the package", () => {
  it("may go out under the tag of its version, described in the changelog", () => {
    expect(findReleaseProblems("v1.2.0", { version: "1.2.0" }, CHANGELOG)).toEqual([]);
  });

  it("is held back with all reasons at once", () => {
    const manifest = { version: "1.3.0", private: true };
    expect(findReleaseProblems("v1.2.0", manifest, CHANGELOG)).toEqual([
      "package.json: version: must be that of v1.2.0, got 1.3.0; tag v1.3.0",
      "CHANGELOG.md: must say what 1.3.0 brings, got 1.2.0 as the newest; add `## [1.3.0] - <date>` below Unreleased",
      "package.json: private: keeps npm from publishing; remove it",
    ]);
  });

  it("needs more than a heading", () => {
    const [problem] = findReleaseProblems(
      "v1.0.0",
      { version: "1.0.0" },
      "## [1.0.0]\n\n## [0.9.0]\n",
    );
    expect(problem).toContain("CHANGELOG.md: must say what 1.0.0 brings");
  });
});
