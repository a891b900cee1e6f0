import { docker } from "../../toolchain/setup/dockerClient";

/** What the engine notes that a test's project uses of the machine, by its volumes. */
export async function usesOf(project: string, directory: string): Promise<string[]> {
  const label = `label=io.maestro.user=${project}${directory}`;
  const found = await docker(["volume", "ls", "--quiet", "--filter", label]);
  return found.split("\n").filter(Boolean);
}

/**
 * Forgets what the engine notes of a test's project: which registry and base images of the machine it uses.
 *
 * @param directory of its clone; left out: all of its clones.
 */
export async function forgetUses(project: string, directory = ""): Promise<void> {
  const volumes = directory ? await usesOf(project, directory) : await allUsesOf(project);
  if (volumes.length > 0) await docker(["volume", "rm", ...volumes]);
}

async function allUsesOf(project: string): Promise<string[]> {
  const format = '{{.Name}} {{.Label "io.maestro.user"}}';
  const found = await docker(["volume", "ls", "--format", format]);
  const lines = found.split("\n").map((line) => line.split(" "));
  return lines.flatMap(([name, user]) => (name && user?.startsWith(`${project}/`) ? [name] : []));
}
