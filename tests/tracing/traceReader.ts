/** A trace, as far as tests look at it. */
export interface Trace {
  readonly id: string;
  /** Service -> attributes of its process, and how many spans it has. */
  readonly services: ReadonlyMap<string, { attributes: Record<string, unknown>; spans: number }>;
}

interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly { readonly processID: string }[];
  readonly processes: Readonly<
    Record<
      string,
      { serviceName: string; tags: readonly { readonly key: string; readonly value: unknown }[] }
    >
  >;
}

/** Who asks a stack's Jaeger. */
export class TraceReader {
  /** @param address of Jaeger, as host and port. */
  constructor(private readonly address: string) {}

  /** Null: there is none of this id yet. */
  async find(id: string): Promise<Trace | null> {
    const [found] = await this.ask(`/api/traces/${id}`);
    return found ? readTrace(found) : null;
  }

  /** Ids of traces of a service that have a tag, as a dashboard asks for them. */
  async search(service: string, tags: Readonly<Record<string, string>>): Promise<string[]> {
    const query = new URLSearchParams({ service, tags: JSON.stringify(tags), limit: "20" });
    return (await this.ask(`/api/traces?${query.toString()}`)).map(({ traceID }) => traceID);
  }

  private async ask(path: string): Promise<readonly JaegerTrace[]> {
    const answer = await fetch(`http://${this.address}${path}`);
    if (answer.status === 404) return [];
    if (!answer.ok) throw new Error(`Jaeger says ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { data: readonly JaegerTrace[] }).data;
  }
}

function readTrace({ traceID, spans, processes }: JaegerTrace): Trace {
  const services = Object.entries(processes).map(([id, { serviceName, tags }]) => {
    const attributes = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
    const own = spans.filter(({ processID }) => processID === id).length;
    return [serviceName, { attributes, spans: own }] as const;
  });
  return { id: traceID, services: new Map(services) };
}
