import { guidePages, readPage, type FencedBlock } from "./markdown";

/** Languages of blocks that hold commands, or what commands print. */
export const RUN: readonly string[] = ["sh", "console", "text", ""];

/** Pages whose blocks a test runs as they stand, except those of {@link NOT_RUN}: page -> the test. */
export const RUN_BY = {
  "docs/getting-started.md": "tests/integration/gettingStarted.test.ts",
  "docs/runbook.md": "tests/integration/guides.test.ts",
  "docs/alerts.md": "tests/integration/guides.test.ts",
  "docs/delivery.md": "tests/integration/guides.test.ts",
  "docs/operations.md": "tests/integration/guides.test.ts",
  "docs/report.md": "tests/integration/guides.test.ts",
  "docs/traffic.md": "tests/integration/guides.test.ts",
} as const;

/** A page that a test runs. */
export type RunPage = keyof typeof RUN_BY;

/** A block that no test runs as it stands. */
interface Exemption {
  readonly page: string;
  /** How its first line begins. */
  readonly begins: string;
  /** What it needs that a test does not have, or which test does the same in another way. */
  readonly reason: string;
}

const DEVELOPMENT = "acts on the development stack, which belongs to whoever works here";
const AWS = "needs an AWS account; tests/integration/awsWhole does the same by moto";

/** A row for each block: two blocks that begin alike have two. */
export const NOT_RUN: readonly Exemption[] = [
  // prettier-ignore
  ...[
    ["CONTRIBUTING.md", "make node_modules", "is what runs the tests"],
    ["README.md", "$ make up", `${DEVELOPMENT}; .ci/run does it`],
    ["README.md", "npx --yes --package", "docs/getting-started.md has the same commands with an address that is free"],
    ["README.md", "source toolchain/env.sh", `${DEVELOPMENT}; tests/integration/toolchainSetup sources it`],
    ["README.md", "npm run images", `${DEVELOPMENT}; docs/runbook.md has the same commands`],
    ["README.md", "pulumi config set -s development", `${DEVELOPMENT}, and its digest is a placeholder`],
    ["README.md", "pulumi config set -s development", `${DEVELOPMENT}, and its digest is a placeholder`],
    ["README.md", "npm run rollback", `${DEVELOPMENT}; docs/runbook.md has the same commands`],
    ["README.md", "npm run status", `${DEVELOPMENT}; docs/runbook.md has the same commands`],
    ["README.md", "npm run unlock", `${DEVELOPMENT}; docs/runbook.md has the same commands`],
    ["README.md", "pulumi state unprotect", "its stack is a placeholder; docs/getting-started.md has the same commands"],
    ["README.md", "cd examples/consumer", `${DEVELOPMENT}; tests/integration/projectName reads a stack's outputs`],
    ["docs/backups.md", "maestro backup key", "needs a service with a database: tests/integration/developmentBackups runs them"],
    ["docs/backups.md", "maestro backup unit", "writes into /etc and needs systemd; tests/integration/developmentBackups has systemd read the unit"],
    ["docs/canary.md", "release b32d1764d9c8", "takes minutes; tests/integration/canary compares the lines of shorter shares"],
    ["docs/rolling.md", "rolling: one service after the other", "takes minutes; tests/integration/developmentRolling compares the lines of a shorter roll"],
    ["docs/certificates.md", "pulumi up", "needs names that the Internet knows; tests/integration/certificates has an authority of its own"],
    ["docs/certificates.md", "npx maestro certificate unit", "writes into /etc and needs systemd; tests/unit/rules/acme/renewalUnit has the unit"],
    ["docs/certificates.md", "hook present", "how a program is called; tests/integration/certificates has one"],
    ["docs/configuration.md", "maestro approve", "needs a person's key; tests/integration/approvals makes some and runs it"],
    ["docs/environments.md", "export AWS_PROFILE", AWS],
    ["docs/environments.md", "pulumi stack init production", AWS],
    ["docs/environments.md", "aws iam", "needs an AWS account, and Amazon's own command line"],
    ["docs/environments.md", "pulumi state unprotect", AWS],
    ["docs/frontends.md", "npm --prefix ../shop", "needs a frontend's own build beside the project; tests/integration/frontends releases such sites"],
    ["docs/images.md", "docker volume ls", "its second command names a placeholder, and would remove another project's entry"],
    ["docs/images.md", "maestro:edge.listen", "a message; tests/integration/twoProjects provokes it"],
    ["docs/instance.md", "npx --yes --package", "docs/getting-started.md has the same commands with an address that is free"],
    ["docs/migrations.md", "npm run migrate", "an overview with all forms in brackets; tests/integration/migrations runs those of a stack"],
    ["docs/observability.md", "maestro observability render", "its stack is a placeholder, and no Alloy is run; tests/integration/alloyConfig reads the file that it writes for one"],
    ["docs/observability.md", "npx maestro metrics unit", "its stack is a placeholder; tests/integration/observability serves metrics without systemd"],
    ["docs/operations.md", "$ npm run load", "takes minutes; tests/integration/developmentLoad runs a shorter one"],
    ["docs/operations.md", "demo  blue (active), release bc9c", "has a service with a Redis; tests/integration/developmentDepth looks at one"],
    ["docs/operations.md", "maestro doctor", "tests/integration/developmentUpkeep mends real harms by it"],
    ["docs/operations.md", "maestro restart", "tests/integration/developmentOperations restarts a stack under load"],
    ["docs/operations.md", "maestro top", "goes on until it is ended; tests/integration/developmentOperations looks once"],
    ["docs/operations.md", "maestro exec", "opens a shell; tests/integration/developmentOperations has one of its own"],
    ["docs/operations.md", "maestro prune", "tests/integration/developmentUpkeep has images to remove"],
    ["docs/operations.md", "pulumi logs decrypt", "Pulumi ends it by chance, at a line of more than 64 kB"],
    ["docs/packages.md", "npm run packages", "acts on this machine's package index; tests/integration/packages has its own"],
    ["docs/plugin.md", "npm install", "tests/integration/plugin does the same with a digest that there is"],
    ["docs/report.md", "production  2026", "a quarter of releases; tests/integration/delivery has the figures of a few"],
    ["docs/report.md", "maestro dashboard --stack", "serves until it is stopped: tests/integration/dashboard"],
    ["docs/runbook.md", "$ docker logs --tail 20 shop-demo-migrate-orders", "needs a service with a database: tests/integration/migrationsFaults"],
    ["docs/runbook.md", "  command:local:Command (green-migration-run)", "tests/integration/migrationsFaults compares it"],
    ["docs/security.md", "pulumi preview", "tests/security/policyRun runs the pack"],
    ["docs/security.md", "error: policy (mandatory)", "a message; tests/security/policyStack provokes it"],
    ["docs/stateful.md", "maestro stateful update", "needs a service with a volume: tests/integration/developmentStateful updates a Redis"],
    ["docs/traffic.md", "green serves release", "an example of each line of a watch; tests/integration/trafficTroubles provokes them"],
    ["docs/traffic.md", "traffic to green", "a release that is bad by chance; tests/integration/traffic provokes one"],
    ["docs/traffic-by-hand.md", "maestro maintenance on", "tests/integration/developmentTrafficByHand does the same with clients of two addresses"],
    ["docs/traffic-by-hand.md", "maestro pause", "tests/integration/developmentTrafficByHand holds requests under load"],
    ["docs/traffic-by-hand.md", "maestro block", "tests/integration/developmentTrafficByHand blocks clients that it has"],
    ["docs/decisions/07-stand-in-plugins.md", "source toolchain/env.sh", "needs Pulumi's own downloads"],
  ].map(([page = "", begins = "", reason = ""]) => ({ page, begins, reason })),
];

/** All blocks with commands or their output, on all pages. */
export function commandBlocks(): FencedBlock[] {
  return guidePages().flatMap((page) =>
    readPage(page).blocks.filter(({ language }) => RUN.includes(language)),
  );
}

/** Blocks of a page that its test runs, in their order. */
export function blocksToRun(page: RunPage): FencedBlock[] {
  return commandBlocks().filter((block) => block.page === page && !NOT_RUN.some(isAbout(block)));
}

/** Whether an exemption is about a block. */
export function isAbout({ page, text }: FencedBlock): (exemption: Exemption) => boolean {
  return (exemption) => exemption.page === page && text.startsWith(exemption.begins);
}
