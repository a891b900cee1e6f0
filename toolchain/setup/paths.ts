import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** Directory of the project: the nearest one above this code that holds Pulumi.yaml. */
export function projectRoot(): string {
  let directory = __dirname;
  while (!existsSync(path.join(directory, "Pulumi.yaml"))) {
    const parent = path.dirname(directory);
    if (parent === directory) throw new Error(`no Pulumi.yaml above ${__dirname}`);
    directory = parent;
  }
  return directory;
}

/** Where what can be made again is kept between clones: base images, the Pulumi CLI. */
export function cacheRoot(): string {
  const user = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return process.env.MAESTRO_CACHE ?? path.join(user, "maestro");
}

/** Where this clone remembers what it has started. */
export function stateRoot(): string {
  return path.join(projectRoot(), ".maestro");
}
