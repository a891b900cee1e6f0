import type Docker from "dockerode";
import { containerState, readLogs, WITH_VOLUMES } from "../../host/engine";
import { ensureImages, readDeclaration } from "../../host/images";
import type { Host } from "../../host/host";
import { stackLabels } from "../../rules/host/containerLabels";
import type { MigrationInput } from "../../rules/stepInput";
import { postgresContainerName } from "../../rules/database/postgresLayout";
import { isReport, parseReport, type SchemaReport } from "../../rules/database/schemaReport";
import type { PresentSchema } from "../../rules/database/schemaVerdict";
import { scratchSpace } from "../../rules/host/scratchSpace";
import { SECRETS_MOUNT } from "../../rules/serviceSecrets";
import { toldRevisions } from "../../rules/database/toldRevisions";
import { sleep } from "../../targets/timing";
import { secretVariables } from "./secretVariables";

const SHOWN_LINES = 40;
const STOP_GRACE_SECONDS = 10;
const POLL_MILLISECONDS = 100;
/** Label with the release that a migration's container belongs to. */
const RELEASE_LABEL = "maestro.migration";

/** Variables that a migration gets where there is something to tell, and that nobody else may set. */
const OWN_VARIABLES = ["MIGRATION_SEEN", "MIGRATION_RESUMES"];

/** A migration did not succeed; its container is kept for a look. */
export class MigrationFailed extends Error {
  constructor(
    message: string,
    readonly report: SchemaReport | null,
    /** The last line it wrote, which mostly says why. */
    readonly lastLine: string = message,
  ) {
    super(message);
  }
}

/** What is run. */
export interface MigrationRun {
  readonly command: readonly string[];
  /** In the container's name: of each kind one a service, so that two migrations cannot run side by side. */
  readonly purpose: "migrate" | "plan";
  /** The database as the host remembers it. */
  readonly present?: PresentSchema | undefined;
  /** Revisions that the image is known to have; left out: nobody has asked it. */
  readonly known?: readonly string[] | undefined;
  /** Revisions that the plan has seen, and whether the same migration was begun before; left out: any will do. */
  readonly seen?: { readonly revisions: readonly string[]; readonly resumes: boolean } | undefined;
}

/** Name of the container that runs a service's migration. */
export function migrationContainer(
  prefix: string,
  service: string,
  purpose: MigrationRun["purpose"] = "migrate",
): string {
  return `${prefix}-${purpose}-${service}`;
}

/**
 * Runs a service's migration in a container of its own, to its end. One that an update killed half-way has left running
 * is waited for instead of started again.
 *
 * @throws MigrationFailed with the last lines of its log; the container stays.
 */
export async function runMigration(
  host: Host,
  input: MigrationInput,
  service: string,
  run: MigrationRun,
): Promise<{ report: SchemaReport | null; output: string; stdout: string }> {
  const engine = await host.engine();
  const name = migrationContainer(input.prefix, service, run.purpose);
  if (!(await isRunningFor(engine, name, input.release, run.command))) {
    await removeContainer(engine, name);
    await createContainer(engine, input, service, name, run);
  }
  const { timeoutSeconds } = input.migrations;
  const exitCode = await waitForEnd(engine, name, timeoutSeconds);
  const { all, stdout } = await readLogs(engine, name);
  const report = parseReport(stdout);
  if (exitCode === 0) {
    await removeContainer(engine, name);
    return { report, output: all.trim(), stdout };
  }
  const lines = all.split("\n").filter((line) => line.trim() !== "" && !isReport(line));
  const reason =
    exitCode === null
      ? `was stopped after ${timeoutSeconds} s (maestro:migrations.timeoutSeconds)`
      : `ended with exit code ${exitCode}`;
  const isLook = run.purpose === "plan";
  // Nothing can be learnt from what only looked at files.
  if (isLook) await removeContainer(engine, name);
  const [what, where] = isLook
    ? [`\`${run.command.join(" ")}\``, "its last lines"]
    : ["its migration", `the last lines of container ${name}, which is kept`];
  throw new MigrationFailed(
    [
      `${service}: ${what} ${reason}; ${where}:`,
      ...lines.slice(-SHOWN_LINES).map((line) => `  ${line}`),
    ].join("\n"),
    report,
    exitCode === null ? `it ${reason}` : lines.at(-1),
  );
}

/** @returns whether the same release's migration runs already. @throws MigrationFailed when another one's does. */
export async function isRunningFor(
  engine: Docker,
  name: string,
  release: string,
  command: readonly string[],
): Promise<boolean> {
  if ((await containerState(engine, name)) !== "running") return false;
  const { Config } = await engine.getContainer(name).inspect();
  const runs = Config.Labels[RELEASE_LABEL];
  const isSame = runs === release && JSON.stringify(Config.Cmd) === JSON.stringify(command);
  if (isSame) return true;
  throw new MigrationFailed(
    `${name}: still runs \`${Config.Cmd?.join(" ")}\` for release ${runs}; wait for it, or stop it with \`docker stop ${name}\``,
    null,
  );
}

async function createContainer(
  engine: Docker,
  input: MigrationInput,
  service: string,
  name: string,
  { command, purpose, present, known, seen }: MigrationRun,
): Promise<void> {
  const settings = input.services[service]!;
  const { migrations } = input;
  const declared = migrations.compatible[service] ?? [];
  const own = {
    MAESTRO_SERVICE: service,
    MAESTRO_RELEASE: input.release,
    MIGRATION_LOCK_SECONDS: String(migrations.lockWaitSeconds),
    MIGRATION_COMPATIBLE: declared.join(","),
    MIGRATION_PRESENT: toldRevisions(present, known, declared),
    ...(seen ? { MIGRATION_SEEN: JSON.stringify(seen.revisions) } : {}),
    ...(seen?.resumes ? { MIGRATION_RESUMES: "1" } : {}),
  };
  const bytes = settings.memoryMegabytes * 1024 * 1024;
  const secrets = await secretVariables(input, service);
  await ensureImages(engine, [settings.image]);
  const container = await engine.createContainer({
    name,
    Image: settings.image,
    Cmd: [...command],
    // A name without a value takes away what the image says: it must not decide that a migration resumes.
    Env: [
      ...Object.entries({ ...settings.env, ...secrets, ...own }).map(
        ([key, value]) => `${key}=${value}`,
      ),
      ...OWN_VARIABLES.filter((name) => !(name in own)),
    ],
    Healthcheck: { Test: ["NONE"] },
    User: settings.user,
    Labels: { ...stackLabels(input.prefix), [RELEASE_LABEL]: input.release },
    HostConfig: {
      NetworkMode: await networkFor(engine, input.prefix, purpose),
      ExtraHosts: await ownServer(engine, input.prefix),
      ReadonlyRootfs: true,
      Tmpfs: scratchSpace(
        { scratchPaths: ["/tmp"], ...settings },
        await readDeclaration(engine, settings.image),
      ),
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: bytes,
      MemorySwap: bytes,
      PidsLimit: 256,
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
      Binds: settings.secretsSource ? [`${settings.secretsSource}:${SECRETS_MOUNT}:ro`] : [],
    },
  });
  await container.start();
}

/** The stack's network. What only looks at files does without, where no release has made the network yet. */
async function networkFor(
  engine: Docker,
  prefix: string,
  purpose: MigrationRun["purpose"],
): Promise<string> {
  if (purpose === "migrate") return prefix;
  try {
    await engine.getNetwork(prefix).inspect();
    return prefix;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return "none";
    throw error;
  }
}

/** The stack's own server by address: on a busy host the engine's name server may be too slow to be found by name. */
async function ownServer(engine: Docker, prefix: string): Promise<string[]> {
  const name = postgresContainerName(prefix);
  if ((await containerState(engine, name)) !== "running") return [];
  const { NetworkSettings } = await engine.getContainer(name).inspect();
  const address = NetworkSettings.Networks[prefix]?.IPAddress;
  return address ? [`${name}:${address}`] : [];
}

/** The exit code; null: it took too long and was stopped, which ends its session and frees its locks. */
async function waitForEnd(
  engine: Docker,
  name: string,
  timeoutSeconds: number,
): Promise<number | null> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  const container = engine.getContainer(name);
  for (;;) {
    const { State } = await container.inspect();
    if (!State.Running && State.Status !== "created") return State.ExitCode;
    if (performance.now() > deadline) {
      await container.stop({ t: STOP_GRACE_SECONDS });
      return null;
    }
    await sleep(POLL_MILLISECONDS);
  }
}

async function removeContainer(engine: Docker, name: string): Promise<void> {
  try {
    await engine.getContainer(name).remove(WITH_VOLUMES);
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}
