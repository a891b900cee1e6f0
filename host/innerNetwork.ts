import type Docker from "dockerode";
import { NoWayIn } from "../rules/host/asking";
import { execIn } from "./engine";
import { holdContainer, NotHeld, type HeldContainer } from "./heldContainer";
import { InnerSocket } from "./innerSocket";

/**
 * Opens a connection as the stack's services open theirs.
 *
 * @throws NoWayIn where none can be made from there; why a single one failed is the stream's error.
 */
export type Dial = (host: string, port: number) => Promise<InnerSocket>;

/** Where connections are to come from. */
export interface InnerNetworkOptions {
  /** Of all the stack's names on the host. */
  readonly prefix: string;
  /** A container that runs, whose network is used. */
  readonly beside: string;
  /** Images on the host; the first one that has a tool to connect with is taken. */
  readonly images: readonly string[];
}

const MEMORY_BYTES = 256 * 1024 * 1024;
const NOBODY = "65534:65534";
const CONNECT_SECONDS = 5;

const PYTHON = `
import os, socket, sys, threading
try:
    link = socket.create_connection((sys.argv[1], int(sys.argv[2])), ${CONNECT_SECONDS})
except OSError as error:
    sys.exit(str(error))
link.settimeout(None)
def send():
    while data := os.read(0, 65536):
        link.sendall(data)
    link.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while data := link.recv(65536):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
`;
const NODE = `
const link = require("node:net").connect(Number(process.argv[2]), process.argv[1]);
link.setTimeout(${CONNECT_SECONDS * 1000}, () => link.connecting && link.destroy(new Error("timed out")));
link.on("error", (error) => { console.error(error.message); process.exit(1); });
process.stdin.pipe(link).pipe(process.stdout);
`;
/** A background process has no input of its own unless it is given one. */
const BASH = `
exec 4<&0
exec 3<>"/dev/tcp/$0/$1" || exit 1
cat <&4 >&3 &
cat <&3
kill $! 2>/dev/null
`;

/** Programs that can hold a connection, with what makes them do so; host and port follow. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  bash: ["bash", "-c", BASH],
  nc: ["nc"],
  python3: ["python3", "-c", PYTHON],
  node: ["node", "-e", NODE],
};

const FIND_TOOL = `for tool in ${Object.keys(TOOLS).join(" ")}; do command -v $tool >/dev/null && echo $tool && exit; done`;

/**
 * Hands over a way to connect from inside of a stack's network, by its names, as long as `use` takes. A small container
 * beside the stack's is used, with limits of its own: what is looked at is not burdened. It is made at the first connection,
 * so whoever needs none costs nothing.
 */
export async function withInnerNetwork<T>(
  engine: Docker,
  options: InnerNetworkOptions,
  use: (dial: Dial) => Promise<T>,
): Promise<T> {
  let holding: Promise<Holder> | null = null;
  const dial: Dial = async (host, port) => {
    holding ??= hold(engine, options);
    const { container, tool } = await holding;
    const exec = await engine.getContainer(container.id).exec({
      Cmd: [...tool, host, String(port)],
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
    });
    return new InnerSocket(await exec.start({ hijack: true, stdin: true }));
  };
  try {
    return await use(dial);
  } finally {
    const holder = await (holding as Promise<Holder> | null)?.catch(() => null);
    await holder?.container.release();
  }
}

/** A container, and the command in it that holds a connection. */
interface Holder {
  readonly container: HeldContainer;
  readonly tool: readonly string[];
}

async function hold(
  engine: Docker,
  { prefix, beside, images }: InnerNetworkOptions,
): Promise<Holder> {
  const shared = { NetworkMode: `container:${beside}` };
  const reasons: string[] = [];
  for (const image of images) {
    const options = { prefix, image, user: NOBODY, memoryBytes: MEMORY_BYTES, shared };
    const container = await holdContainer(engine, options).catch((error: Error) => {
      if (!(error instanceof NotHeld)) throw error;
      reasons.push(error.message);
      return null;
    });
    if (container === null) continue;
    const { output } = await execIn(engine, container.id, ["sh", "-c", FIND_TOOL]);
    const tool = TOOLS[output];
    if (tool) return { container, tool };
    await container.release();
    reasons.push(`${image}: has none of ${Object.keys(TOOLS).join(", ")}`);
  }
  throw new NoWayIn(`no image of this stack can be used to connect with: ${reasons.join("; ")}`);
}
