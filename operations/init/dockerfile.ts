/** What a Dockerfile says of the containers that run its image. */
export interface DockerfileFacts {
  readonly port?: number;
  /** A numeric user that is not root. */
  readonly user?: string;
  /** Path that its health check asks. */
  readonly healthPath?: string;
}

const USER = /^[1-9]\d{0,8}(?::[1-9]\d{0,8})?$/;

/** Reads what the last stage of a Dockerfile declares; what it takes from its base image is not known here. */
export function readDockerfile(text: string): DockerfileFacts {
  const lines = text
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.trim());
  const last = lines.findLastIndex((line) => /^FROM\s/i.test(line));
  const valueOf = (instruction: string, which: "first" | "last") => {
    const pattern = new RegExp(`^${instruction}\\s+(.+)$`, "i");
    const values = lines.slice(last + 1).flatMap((line) => pattern.exec(line)?.[1] ?? []);
    return which === "first" ? values[0] : values.at(-1);
  };
  const port = Number(/^(\d+)(?:\/tcp)?(?:\s|$)/.exec(valueOf("EXPOSE", "first") ?? "")?.[1]);
  const user = valueOf("USER", "last") ?? "";
  const healthPath = pathInCheck(valueOf("HEALTHCHECK", "last") ?? "");
  return {
    ...(port >= 1 && port <= 65_535 ? { port } : {}),
    ...(USER.test(user) ? { user } : {}),
    ...(healthPath === undefined ? {} : { healthPath }),
  };
}

/** The path of the address that a health check asks on its own container; undefined: it asks otherwise. */
export function pathInCheck(command: string): string | undefined {
  const pattern = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::\d+)?(\/[\w./~-]*)?/;
  const found = pattern.exec(command);
  return found === null ? undefined : (found[1] ?? "/");
}
