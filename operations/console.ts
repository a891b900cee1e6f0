import type { Readable } from "node:stream";
import { Command } from "commander";
import type Docker from "dockerode";
import pc from "picocolors";
import type { FoundContainer } from "./exec/findContainer";
import { addSessionOptions, runSession, type SessionOptions, type Wish } from "./exec/session";
import { examplesOf } from "./shared/examples";

/** What people like better comes first. */
const SHELLS = ["/bin/bash", "/bin/sh", "/bin/ash", "/busybox/sh"];

/** `console`: a shell inside of a service's container, or beside it where its image has none. */
export async function main(argv: string[]): Promise<number> {
  const program = addSessionOptions(
    new Command("console")
      .description("Opens a shell inside of a service's container, or beside it where it has none.")
      .argument("<service>"),
  )
    .addHelpText("after", examplesOf("console"))
    .parse(argv, { from: "user" });
  const options = program.opts<SessionOptions>();
  const [service = ""] = program.args;
  return runSession("console", service, options, (engine, found) =>
    chooseShell(engine, found, service, options),
  );
}

async function chooseShell(
  engine: Docker,
  { id }: FoundContainer,
  service: string,
  { image }: SessionOptions,
): Promise<Wish> {
  const shell = image === undefined ? await findShell(engine.getContainer(id)) : null;
  if (shell !== null) return { command: [shell], isBeside: false };
  const why = image === undefined ? `${service} has no shell: this one is` : "this is";
  console.error(
    pc.dim(
      `${why} in a container beside ${service}, with its processes and network; its files are in /proc/1/root`,
    ),
  );
  return { command: ["/bin/sh"], isBeside: true };
}

/** Asks for the file, so that nothing has to be run in an image that may have nothing to run. */
async function findShell(container: Docker.Container): Promise<string | null> {
  for (const path of SHELLS) {
    const isThere = await container.infoArchive({ path }).then(
      (answer: Readable) => {
        // It has no body, and is still open until somebody has read that.
        answer.resume();
        return true;
      },
      (error: { statusCode?: number }) => {
        if (error.statusCode === 404) return false;
        throw error;
      },
    );
    if (isThere) return path;
  }
  return null;
}
