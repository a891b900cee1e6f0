import execa from "execa";
import { PULUMI_VERSION, officialOnPath, toolchainDirectory } from "../../config/locations";
import { pulumiEnvironment } from "../../config/pulumiEnvironment";
import { findMissingPlugins } from "../../toolchain/setup/plugins";
import { askPulumi } from "../shared/pulumi";
import { findCommands } from "../../toolchain/setup/packages";
import { good, type Examination, type Finding } from "./examination";

/** Older ones lose outputs when an update fails. */
const OLDEST = [3, 112];

/** The Pulumi CLI and the docker client on this machine. */
export const tools: Examination = {
  name: "tools",
  async look() {
    const { stdout, failed } = await execa("pulumi", ["version"], {
      ...{ env: pulumiEnvironment(), extendEnv: true, reject: false },
    });
    const version = /v?(\d+)\.(\d+)\.\d+\S*/.exec(stdout);
    const findings: Finding[] = [];
    if (failed || version === null) {
      findings.push({
        condition: "bad",
        says: "the Pulumi CLI is not there",
        means: "no stack can be updated from this machine",
        mend: `install the Pulumi CLI ${PULUMI_VERSION}`,
      });
    } else if (isOlder(version.slice(1, 3).map(Number))) {
      findings.push({
        condition: "bad",
        says: `Pulumi ${version[0]} is too old`,
        means: "a failed update would lose the stack's outputs",
        mend: `install the Pulumi CLI ${PULUMI_VERSION}`,
      });
    } else {
      const own = officialOnPath("pulumi") === undefined ? `, in ${toolchainDirectory()}` : "";
      findings.push(...good(`Pulumi ${version[0]}${own}`));
    }
    if (findCommands("docker").length > 0) return findings;
    const mend = "install the package docker.io";
    const says = "no docker client is on PATH";
    return [
      ...findings,
      { condition: "warning", says, means: "images cannot be built here", mend },
    ];
  },
};

function isOlder([major = 0, minor = 0]: readonly number[]): boolean {
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

/** Pulumi's plugins for the stack's resources. */
export const plugins: Examination = {
  name: "plugins",
  look({ settings }) {
    const needsAws = settings.registry.kind === "ecr" || settings.secrets.kind === "aws";
    const missing = findMissingPlugins(needsAws);
    if (missing.length === 0) return Promise.resolve(good("all are there"));
    return Promise.resolve([
      {
        condition: "warning",
        says: `missing: ${missing.map(({ name, version }) => `${name} ${version}`).join(", ")}`,
        means: "the next update gets them first, which takes its time",
        mend: missing
          .map((it) => `pulumi plugin install resource ${it.name} ${it.version}`)
          .join("; "),
        fix: async () => {
          for (const { name, version } of missing) {
            await askPulumi(["plugin", "install", "resource", name, version]);
          }
          return "plugins installed";
        },
      },
    ]);
  },
};
