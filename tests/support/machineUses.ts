import { docker } from "../../toolchain/setup/dockerClient";

/** What the engine notes that a test's project uses of the machine, by its volumes. */
export async function usesOf(project: string, directory: string): Promise<string[]> {
  const label = `label=io.maestro.user=${project}${directory}`;
  const found = await docker(["volume", "ls", "--quiet", "--filter", label]);
  return found.split("\n").filter(Boolean);
}

/** Forgets what the engine notes of a test's project: which registry and base images of the machine it uses. */
export async function forgetUses(project: string, directory: string): Promise<void> {
  const volumes = await usesOf(project, directory);
  if (volumes.length > 0) await docker(["volume", "rm", ...volumes]);
}
