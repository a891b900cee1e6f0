import type Docker from "dockerode";

/** What a command inside a container wrote, each stream by itself, and its exit code. */
export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a command inside a running container with `input` on its standard input. */
export async function execWithInput(
  engine: Docker,
  container: string,
  command: readonly string[],
  input: string | Buffer,
): Promise<ExecOutcome> {
  const exec = await engine.getContainer(container).exec({
    Cmd: [...command],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const collect = (chunks: Buffer[]) =>
    ({ write: (chunk: Buffer) => chunks.push(chunk) }) as unknown as NodeJS.WritableStream;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  engine.modem.demuxStream(stream, collect(stdout), collect(stderr));
  const ended = new Promise<void>((resolve, reject) => {
    stream.on("end", resolve);
    stream.on("error", reject);
  });
  stream.end(input);
  await ended;
  const { ExitCode } = await exec.inspect();
  return {
    exitCode: ExitCode ?? 1,
    stdout: Buffer.concat(stdout),
    stderr: Buffer.concat(stderr).toString("utf8").trim(),
  };
}
