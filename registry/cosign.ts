import execa from "execa";
import type { RegistryAddresses } from "../rules/aws/ecrAddress";
import { createDockerConfig } from "./dockerConfig";
import { loginFor } from "./login";

/** How cosign has ended. */
export interface CosignResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the machine's own cosign, which signs images and says who has signed one. */
export interface Cosign {
  /** @throws Error when there is none. */
  run(args: readonly string[], signal?: AbortSignal): Promise<CosignResult>;
  /** Forgets the login. */
  close(): void;
}

/**
 * Makes cosign ready, with the deployer's own logins.
 *
 * @param registry the stack's ECR, which cosign gets a login for; left out: it has none.
 */
export async function openCosign(registry?: RegistryAddresses): Promise<Cosign> {
  const login = registry && (await loginFor(registry.endpoint, { kind: "ecr", ...registry }));
  const config = registry && login ? createDockerConfig(registry.endpoint, login) : null;
  return {
    run: (args, signal) => runCosign(args, config?.directory, signal),
    close: () => config?.remove(),
  };
}

async function runCosign(
  args: readonly string[],
  dockerConfig: string | undefined,
  signal: AbortSignal | undefined,
): Promise<CosignResult> {
  const child = execa("cosign", args, {
    ...{ reject: false, stdin: "ignore" },
    env: dockerConfig === undefined ? {} : { DOCKER_CONFIG: dockerConfig },
  });
  const stop = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", stop);
  try {
    const result = await child;
    if ((result as { code?: string }).code === "ENOENT") {
      throw new Error(
        "cosign is not installed on this machine, so no signature can be checked or made; install cosign 3",
      );
    }
    const { exitCode, stdout, stderr } = result;
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
