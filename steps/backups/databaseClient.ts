import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import { pipeContainer, type PipedEnd } from "../../host/pipeContainer";
import { STEPPED_BACK_SHARES } from "../../rules/host/cpuShares";
import { stackLabels } from "../../rules/host/containerLabels";
import { POSTGRES_PORT, postgresContainerName } from "../../rules/database/postgresLayout";
import type { UseWithPassword } from "../databases/uses";

/** Of a client alone: the server has its own. */
const MEMORY_BYTES = 256 * 1024 * 1024;

/** One program of the server's image, beside the server. */
export interface ClientRun {
  readonly script: string;
  /** The database; the login's own by default. */
  readonly database: string;
  readonly input: Iterable<string> | Readable;
  readonly read: (stdout: Readable) => Promise<void>;
}

/**
 * Runs a client of the stack's own server, as a container of the server's image in the stack's network, logged in as the
 * service is. The password comes first on its standard input, so that no description of a container has it.
 */
export async function runClient(
  engine: Docker,
  prefix: string,
  { login, password }: UseWithPassword,
  run: ClientRun,
): Promise<PipedEnd> {
  const server = postgresContainerName(prefix);
  const { Image, Config, NetworkSettings } = await engine.getContainer(server).inspect();
  // By address: on a busy host the engine's name server may be too slow to be found by name.
  const address = NetworkSettings.Networks[prefix]?.IPAddress || server;
  const variables = {
    ...{ PGHOST: address, PGPORT: String(POSTGRES_PORT), PGUSER: login, PGDATABASE: run.database },
    PGCONNECT_TIMEOUT: "30",
  };
  return pipeContainer(
    engine,
    {
      name: `${prefix}-backup-${randomBytes(4).toString("hex")}`,
      Image,
      Entrypoint: ["sh", "-c", run.script],
      Cmd: [],
      Env: Object.entries(variables).map(([key, value]) => `${key}=${value}`),
      User: Config.User,
      Healthcheck: { Test: ["NONE"] },
      Labels: stackLabels(prefix),
      HostConfig: {
        NetworkMode: prefix,
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "size=16m" },
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        Memory: MEMORY_BYTES,
        MemorySwap: MEMORY_BYTES,
        PidsLimit: 64,
        CpuShares: STEPPED_BACK_SHARES,
      },
    },
    Readable.from(inputOf(password, run.input), { objectMode: false }),
    run.read,
  );
}

async function* inputOf(
  password: string,
  rest: ClientRun["input"],
): AsyncGenerator<string | Buffer> {
  yield `${password}\n`;
  yield* rest as AsyncIterable<Buffer>;
}
