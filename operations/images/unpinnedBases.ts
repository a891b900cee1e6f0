import { readFileSync } from "node:fs";
import path from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import type { ServiceSource } from "./services";

/**
 * Base images that Dockerfiles name without a digest, a line each: such a tag can be another image tomorrow, and then two
 * builds of the same sources differ. What an argument names is the business of whoever gives it.
 */
export function findUnpinned(services: readonly ServiceSource[]): string[] {
  // A site's Dockerfile is maestro's own.
  const files = new Set(services.filter(({ site }) => !site).map(({ dockerfile }) => dockerfile));
  return [...files].flatMap((file) => {
    const stages = new Set<string>();
    return DockerfileParser.parse(readFileSync(file, "utf8"))
      .getFROMs()
      .flatMap((from) => {
        const image = from.getImage() ?? "";
        const isKnown = stages.has(image.toLowerCase()) || image === "scratch" || image === "";
        const stage = from.getBuildStage();
        if (stage) stages.add(stage.toLowerCase());
        if (isKnown || image.includes("$") || from.getImageDigest()) return [];
        const line = from.getRange().start.line + 1;
        const place = `${path.relative(process.cwd(), file) || file}:${line}`;
        return [
          `${place}: FROM ${image} can be another image tomorrow; add its digest, ${image}@sha256:…`,
        ];
      });
  });
}
