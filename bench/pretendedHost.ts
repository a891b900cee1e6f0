import { createServer, type Server } from "node:http";
import { localHost } from "../host/localHost";
import type { ClaimInput, EdgeConfigInput, SwitchInput } from "../rules/stepInput";
import type { ExportedResource, TestStack } from "../tests/support/testStack";

/** Nobody asks when. */
const NO_TIME = new Date(0).toISOString();

/**
 * A Docker host for stacks whose containers are never made: its records are what the operations of an update would have
 * written, and its edge answers nothing but which set it serves. So an update finds what it would find on a real one.
 */
export class PretendedHost {
  private constructor(
    private readonly stack: TestStack,
    private readonly server: Server,
  ) {}

  static async start(stack: TestStack): Promise<PretendedHost> {
    const server = createServer((_, response) => {
      void stack.host.edge.readActiveColor().then((set) => response.end(JSON.stringify({ set })));
    });
    const port = Number(new URL(stack.url).port);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    return new PretendedHost(stack, server);
  }

  /** Writes what the last update has told its operations to write; the provider that it ran with has run none. */
  async catchUp(): Promise<void> {
    const { resources } = await this.stack.exported();
    const directory = this.stack.host;
    for (const claim of ["blue-claim", "green-claim"]) {
      const input = inputOf<ClaimInput>(resources, claim);
      if (!input) continue;
      const { color, record, placement: number } = input;
      await directory.records.writeRelease(record);
      await directory.prove(color, { number, record });
    }
    const edge = required(inputOf<EdgeConfigInput>(resources, "edge-config"));
    await directory.records.writeEdge({
      subnet: edge.subnet,
      urls: [edge.edgeUrl],
      number: edge.number,
    });
    await localHost.files.write(directory.edge.config, edge.config);
    const { switchNumber, release, color } = required(
      inputOf<SwitchInput>(resources, "release-switch"),
    );
    await directory.records.writeSwitch({ number: switchNumber, release, color, at: NO_TIME });
    await directory.edge.moveTraffic(color);
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** What an operation was told; null: the stack has no such one. */
function inputOf<Input>(resources: readonly ExportedResource[], name: string): Input | null {
  const stdin = resources.find(({ urn }) => urn.endsWith(`::${name}`))?.inputs?.["stdin"];
  return typeof stdin === "string" ? (JSON.parse(stdin) as Input) : null;
}

function required<Input>(input: Input | null): Input {
  if (input === null) throw new Error("the stack has released nothing yet");
  return input;
}
