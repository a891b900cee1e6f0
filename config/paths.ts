import { homedir } from "node:os";
import path from "node:path";
import { instanceRoot } from "./project";

/** Where what can be made again is kept between clones: base images, the Pulumi CLI. */
export function cacheRoot(): string {
  const user = process.env.XDG_CACHE_HOME ?? path.join(homedir(), ".cache");
  return process.env.MAESTRO_CACHE ?? path.join(user, "maestro");
}

/** Where this clone remembers what it has started. */
export function stateRoot(): string {
  return path.join(instanceRoot(), ".maestro");
}
