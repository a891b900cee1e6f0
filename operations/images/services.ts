import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** A service whose image can be built. */
export interface ServiceSource {
  readonly name: string;
  readonly directory: string;
  /** Its own Dockerfile, else the one that all services share. */
  readonly dockerfile: string;
}

/** Finds the services in a directory, or those of them that are asked for. */
export function findServices(source: string, wanted: readonly string[] = []): ServiceSource[] {
  if (!existsSync(source)) throw new Error(`--source: no such directory, got "${source}"`);
  const names = readdirSync(source, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && /^[a-z0-9]/.test(entry.name))
    .map((entry) => entry.name)
    .sort();
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0 || names.length === 0) {
    throw new Error(
      `--service: not in ${source}, got ${unknown.join(", ") || "none"}; there are ${names.join(", ") || "no services"}`,
    );
  }
  return names
    .filter((name) => wanted.length === 0 || wanted.includes(name))
    .map((name) => {
      const directory = path.join(source, name);
      const own = path.join(directory, "Dockerfile");
      return {
        name,
        directory,
        dockerfile: existsSync(own) ? own : path.join(source, "Dockerfile"),
      };
    });
}
