import { readFileSync } from "node:fs";
import { Command } from "commander";

interface Manifest {
  readonly version: string;
  readonly private?: boolean;
}

/** A version's heading of the changelog, and what is below it. */
const SECTION = /^\[(.+?)\](?: - \d{4}-\d\d-\d\d)?\n([^]*)/;

/**
 * `checkRelease`: whether what is in the working directory may be published under a tag. Exit code 1, with all reasons at
 * once.
 */
export function main(argv: string[]): Promise<number> {
  const command = new Command("checkRelease")
    .description("Compares a tag with the package's version and the changelog's heading.")
    .argument("<tag>", "tag of the release, such as v1.2.3")
    .parse(argv, { from: "user" });
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  const problems = findReleaseProblems(command.args[0]!, manifest, changelog);
  for (const problem of problems) console.error(problem);
  return Promise.resolve(problems.length === 0 ? 0 : 1);
}

/** Why a tag must not be published, one line each. */
export function findReleaseProblems(tag: string, manifest: Manifest, changelog: string): string[] {
  const { version } = manifest;
  const sections = changelog.split(/^## /m).flatMap((part) => {
    const [, name, text] = SECTION.exec(part) ?? [];
    return name === undefined || name === "Unreleased" ? [] : [{ name, text }];
  });
  const isDescribed = sections.some(({ name, text }) => name === version && text?.trim());
  return [
    ...(tag === `v${version}`
      ? []
      : [`package.json: version: must be that of ${tag}, got ${version}; tag v${version}`]),
    ...(isDescribed
      ? []
      : [
          `CHANGELOG.md: must say what ${version} brings, got ${sections[0]?.name ?? "nothing"} as the newest; ` +
            `add \`## [${version}] - <date>\` below Unreleased`,
        ]),
    ...(manifest.private ? ["package.json: private: keeps npm from publishing; remove it"] : []),
  ];
}
