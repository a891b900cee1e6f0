import { Readable } from "node:stream";
import type Docker from "dockerode";
import { Pieces } from "./execSession";
import type { PipedEnd } from "./pipeContainer";

/** More than that of standard error is not kept. */
const STDERR_BYTES = 64 * 1024;

/**
 * Runs a command inside of a running container; its standard output goes to `read` as it comes, however much that is.
 *
 * @throws Error of whatever reads.
 */
export async function readFromExec(
  engine: Docker,
  container: string,
  command: readonly string[],
  read: (stdout: Readable) => Promise<void>,
): Promise<PipedEnd> {
  const exec = await engine
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  let stderr = "";
  const pieces = new Pieces();
  async function* standardOutput(): AsyncGenerator<Buffer> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (const { isError, content } of pieces.split(chunk)) {
        if (!isError) yield Buffer.from(content);
        else if (stderr.length < STDERR_BYTES) stderr += content.toString("utf8");
      }
    }
  }
  try {
    await read(Readable.from(standardOutput()));
  } finally {
    stream.destroy();
  }
  const { ExitCode } = await exec.inspect();
  return { exitCode: ExitCode ?? 1, stderr: stderr.trim() };
}
