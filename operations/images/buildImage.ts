import execa from "execa";
import { dockerCli } from "../../toolchain/setup/dockerClient";
import { lastLines } from "../../toolchain/setup/packages";

const FAILURE_LINES = 30;

/** How an image is built. */
export interface ImageBuild {
  /** Directory that the Dockerfile may copy from. */
  readonly context: string;
  readonly dockerfile: string;
  /** Stage to build. @default - the last one */
  readonly target?: string | undefined;
  /** `linux/amd64`. @default - the engine's own */
  readonly platform?: string | undefined;
  readonly buildArguments: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** `--secret` arguments. */
  readonly secrets: readonly string[];
  /** References that the image gets. */
  readonly references: readonly string[];
}

/** Builds an image with BuildKit; `onStep` hears of each step: `builder 4/6`. */
export async function buildImage(build: ImageBuild, onStep: (step: string) => void): Promise<void> {
  const client = await dockerCli();
  const pairs = (option: string, values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([key, value]) => [option, `${key}=${value}`]);
  const child = execa(
    client.path,
    [
      "build",
      "--progress=plain",
      // A package index on this machine's loopback, or behind its VPN, is reached as from the machine itself.
      "--network=host",
      `--file=${build.dockerfile}`,
      ...(build.target === undefined ? [] : [`--target=${build.target}`]),
      ...(build.platform === undefined ? [] : [`--platform=${build.platform}`]),
      ...pairs("--build-arg", build.buildArguments),
      ...pairs("--label", build.labels),
      ...build.references.map((reference) => `--tag=${reference}`),
      ...build.secrets,
      build.context,
    ],
    { env: client.env, reject: false, stdin: "ignore", all: true },
  );
  child.all?.on("data", (chunk: Buffer) => {
    const steps = [...chunk.toString().matchAll(/^#\d+ \[(.+?)\]/gm)];
    const current = steps.at(-1)?.[1];
    if (current && !current.startsWith("internal")) onStep(current);
  });
  const result = await child;
  if (result.failed) {
    throw new Error(
      `${build.references[0]}: build failed\n${lastLines(result.all ?? "", FAILURE_LINES)}`,
    );
  }
}
