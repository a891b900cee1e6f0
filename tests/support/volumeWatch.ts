import { connectEngine } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";

interface EngineEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

/** Every volume that containers of one stack have had since the watch began; those of others do not count. */
export class VolumeWatch {
  private readonly engine = connectEngine();
  private readonly containers = new Set<string>();
  private readonly mounted: { container: string; volume: string }[] = [];
  private stream: (NodeJS.ReadableStream & { destroy(): void }) | null = null;

  constructor(private readonly prefix: string) {}

  async begin(): Promise<void> {
    const filters = JSON.stringify({ type: ["container", "volume"], event: ["create", "mount"] });
    const stream = await this.engine.getEvents({ filters });
    this.stream = stream as NodeJS.ReadableStream & { destroy(): void };
    let rest = "";
    stream.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.take(JSON.parse(line) as EngineEvent);
    });
  }

  end(): void {
    this.stream?.destroy();
  }

  /** Names of the volumes. */
  ever(): string[] {
    const own = this.mounted.filter(({ container }) => this.containers.has(container));
    return [...new Set(own.map(({ volume }) => volume))];
  }

  /** Those that are still there. */
  async left(): Promise<string[]> {
    const { Volumes } = await this.engine.listVolumes();
    const there = new Set(Volumes.map(({ Name }) => Name));
    return this.ever().filter((name) => there.has(name));
  }

  private take({ Type, Action, Actor }: EngineEvent): void {
    const { Attributes: attributes, ID: id } = Actor;
    if (Type === "volume" && Action === "mount") {
      this.mounted.push({ container: attributes["container"] ?? "", volume: id });
    }
    const isOurs = attributes["name"]?.startsWith(`${this.prefix}-`);
    if (Type === "container" && isOurs && attributes[LABELS.stack] === this.prefix) {
      this.containers.add(id);
    }
  }
}
