import Docker from "dockerode";
import { LABELS } from "../rules/host/containerLabels";
import { containerName } from "../rules/stepInput";
import type { Color } from "../release/release";

/** One container of a set as the Docker Engine has it. */
export interface SetContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly replica: number;
  /** Image reference it was created from. */
  readonly image: string;
  /** `running`, `exited`, `created`, `restarting` ... */
  readonly state: string;
  /** The Engine's own words: `Up 2 minutes (healthy)`. */
  readonly status: string;
}

/**
 * How every container is removed: with the volumes that have no name. Docker makes one for each `VOLUME` of the image
 * where nothing else is mounted, and keeps it for ever otherwise. Volumes with a name stay.
 */
export const WITH_VOLUMES = { force: true, v: true };

/** The Docker Engine that the usual variables name (DOCKER_HOST ...), else the local socket. */
export function connectEngine(): Docker {
  return new Docker();
}

/**
 * All containers of a set, those that do not run too. `prefix` is the stack's: `maestro-development`.
 *
 * By name and labels: labels alone are also on whatever runs from an image that was committed from one of them.
 */
export async function listSet(
  engine: Docker,
  prefix: string,
  color: Color,
): Promise<SetContainer[]> {
  const containers = await engine.listContainers({
    all: true,
    filters: { label: [`${LABELS.stack}=${prefix}`, `${LABELS.color}=${color}`] },
  });
  return containers
    .map((container) => ({
      id: container.Id,
      name: (container.Names[0] ?? container.Id).replace(/^\//, ""),
      service: container.Labels[LABELS.service] ?? "",
      replica: Number(container.Labels[LABELS.replica] ?? 0),
      image: container.Image,
      state: container.State,
      status: container.Status,
    }))
    .filter(
      ({ name, service, replica }) => name === containerName(prefix, color, service, replica),
    );
}

/** Last lines a container wrote, stdout and stderr as they came. */
export async function lastLogLines(engine: Docker, id: string, lines: number): Promise<string[]> {
  const raw = await engine.getContainer(id).logs({ stdout: true, stderr: true, tail: lines });
  return demultiplex(raw).split("\n").filter(Boolean).slice(-lines);
}

/** Last lines a container wrote since it was last started. */
export async function logSinceStart(
  engine: Docker,
  name: string,
  lines: number,
): Promise<string[]> {
  const container = engine.getContainer(name);
  const { State } = await container.inspect();
  const since = Math.floor(Date.parse(State.StartedAt) / 1000);
  const raw = await container.logs({ stdout: true, stderr: true, tail: lines, since });
  return demultiplex(raw).split("\n").filter(Boolean).slice(-lines);
}

/** Everything a container has written: both streams as they came, and its standard output alone. */
export async function readLogs(
  engine: Docker,
  id: string,
): Promise<{ readonly all: string; readonly stdout: string }> {
  const raw = await engine.getContainer(id).logs({ stdout: true, stderr: true });
  return { all: demultiplex(raw), stdout: demultiplex(raw, STDOUT) };
}

/** The Engine's number of the stream in front of each piece. */
const STDOUT = 1;

/** Text of a log stream: the Engine puts 8 bytes (stream, length) before each piece. */
function demultiplex(raw: Buffer, only?: number): string {
  const pieces: Buffer[] = [];
  let offset = 0;
  while (offset + 8 <= raw.length) {
    const length = raw.readUInt32BE(offset + 4);
    if (only === undefined || raw[offset] === only) {
      pieces.push(raw.subarray(offset + 8, offset + 8 + length));
    }
    offset += 8 + length;
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** What a command inside a container printed, and its exit code. */
export interface ExecResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs a command inside a running container. */
export async function execIn(
  engine: Docker,
  container: string,
  command: readonly string[],
): Promise<ExecResult> {
  const exec = await engine
    .getContainer(container)
    .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const { ExitCode } = await exec.inspect();
  return { exitCode: ExitCode ?? 1, output: demultiplex(Buffer.concat(chunks)).trim() };
}

/** A container's state (`running`, `exited` ...); null: there is none of that name. */
export async function containerState(engine: Docker, name: string): Promise<string | null> {
  try {
    return (await engine.getContainer(name).inspect()).State.Status;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return null;
    throw error;
  }
}
