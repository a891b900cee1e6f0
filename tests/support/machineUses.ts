import { docker } from "../../toolchain/setup/dockerClient";

/** Forgets what the engine notes of a test's project: which registry and base images of the machine it uses. */
export async function forgetUses(project: string, directory: string): Promise<void> {
  const label = `label=io.maestro.user=${project}${directory}`;
  const found = await docker(["volume", "ls", "--quiet", "--filter", label]);
  const volumes = found.split("\n").filter(Boolean);
  if (volumes.length > 0) await docker(["volume", "rm", ...volumes]);
}
