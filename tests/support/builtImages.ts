import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { stateRoot } from "../../config/paths";

/** The images that `make test` has built: `images --file` writes them here. */
export function builtImagesFile(): string {
  return path.join(stateRoot(), "tests", "images.yaml");
}

/** Digests of the example services and the edge's image. */
export function builtImages(): { release: Record<string, string>; edge: string } {
  const { config } = parse(readFileSync(builtImagesFile(), "utf8")) as {
    config: { "maestro:release": Record<string, string>; "maestro:edge": { image: string } };
  };
  return { release: config["maestro:release"], edge: config["maestro:edge"].image };
}
