import execa from "execa";
import { findCommands, lastLines } from "./packages";

/** First client version whose `build` needs the buildx plugin; those before bring BuildKit along. */
const FIRST_VERSION_WITHOUT_BUILDKIT = 23;

/** A docker client that can build with BuildKit. */
export interface BuildClient {
  readonly path: string;
  /** Environment that makes its `build` use BuildKit on the engine itself. */
  readonly env: Readonly<Record<string, string>>;
}

/** How a docker command is run. */
export interface DockerOptions {
  /** Client to use; default: the first on PATH. */
  readonly client?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How long the command may take, in seconds; default: as long as it likes. */
  readonly timeoutSeconds?: number;
}

/** Runs `docker <args>` and returns what it printed; fails with the client's own words. */
export async function docker(
  args: readonly string[],
  options: DockerOptions = {},
): Promise<string> {
  const result = await tryDocker(args, options);
  if (result.ok) return result.output;
  throw new Error(`docker ${args.slice(0, 2).join(" ")}: ${result.output}`);
}

/** As {@link docker}, for commands that may well fail. */
export async function tryDocker(
  args: readonly string[],
  options: DockerOptions = {},
): Promise<{ ok: boolean; output: string }> {
  const client = options.client ?? findCommands("docker")[0];
  if (client === undefined) {
    return { ok: false, output: "no docker client found on PATH; install the package docker.io" };
  }
  const result = await execa(client, args, {
    reject: false,
    stdin: "ignore",
    env: options.env ?? {},
    timeout: (options.timeoutSeconds ?? 0) * 1000,
  });
  const failure = result.timedOut
    ? `no answer within ${options.timeoutSeconds} s`
    : lastLines(result.stderr || result.stdout || "failed");
  return { ok: !result.failed, output: result.failed ? failure : result.stdout };
}

let buildClient: Promise<BuildClient> | undefined;

/** Finds a docker client with BuildKit on PATH: one with the buildx plugin, or an older one that has it built in. */
export function dockerCli(): Promise<BuildClient> {
  buildClient ??= findBuildClient(findCommands("docker"));
  return buildClient;
}

/** The first of some docker clients that has BuildKit. */
export async function findBuildClient(candidates: readonly string[]): Promise<BuildClient> {
  const found: string[] = [];
  for (const path of candidates) {
    if ((await tryDocker(["buildx", "version"], { client: path })).ok) {
      return { path, env: { ...(await engineBuilder(path)), BUILDX_NO_DEFAULT_ATTESTATIONS: "1" } };
    }
    const { stdout } = await execa(path, ["--version"], { reject: false });
    const version = /version (\d+)[.\d]*/.exec(stdout);
    if (version && Number(version[1]) < FIRST_VERSION_WITHOUT_BUILDKIT) {
      return { path, env: { DOCKER_BUILDKIT: "1" } };
    }
    found.push(`${path} (${version?.[0] ?? "unknown version"}, no buildx plugin)`);
  }
  throw new Error(
    `docker client: none on PATH can build with BuildKit, got ${found.join(", ") || "none"}; install docker-buildx-plugin, docker-buildx or Debian's docker.io`,
  );
}

/** A builder of its own container would neither see local base images nor leave its result in the engine. */
async function engineBuilder(path: string): Promise<Record<string, string>> {
  const context = await tryDocker(["context", "show"], { client: path });
  return context.ok ? { BUILDX_BUILDER: context.output.trim() } : {};
}
