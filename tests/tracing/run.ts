import assert from "node:assert/strict";
import { connectEngine } from "../../host/engine";
import { observerName } from "../../rules/observability/layout";
import { OpenLoopLoad, type LoadResult } from "../load/openLoopLoad";
import { LogReader, type KeptLine } from "../support/logReader";
import { succeed } from "../support/testStack";
import { RUN_OBSERVERS, until } from "../support/watchedStack";
import { TraceReader, type Trace } from "./traceReader";
import { SERVICES, type TracedStack } from "./tracedStack";

/** Load while a release goes out and everything that watches the stack is killed. */
const RELEASE_LOAD = 100;

/** One request, as it is found afterwards. */
export interface FoundRequest {
  readonly trace: Trace;
  readonly lines: readonly KeptLine[];
}

/** Asks once, and finds the request's one trace by the id in the edge's line, and all lines by that id. */
export async function followRequest(
  { stack, addresses }: TracedStack,
  number: number,
): Promise<FoundRequest> {
  const [logs, traces] = [new LogReader(addresses.victorialogs), new TraceReader(addresses.jaeger)];
  const uri = `/checkout/checkout/${number}`;
  const answer = await fetch(`${stack.url}${uri}`);
  assert.deepEqual(await answer.json(), { number, statuses: [200, 200] });
  let found: FoundRequest | null = null;
  await until(`the trace and the lines of ${uri} are kept`, async () => {
    const [edge] = await logs.find(`service:="edge" uri:="${uri}"`);
    const id = edge?.["trace_id"] ?? "";
    const trace = await traces.find(id);
    const lines = await logs.find(`trace_id:="${id}" | sort by (_time)`);
    const isWhole = trace?.services.size === SERVICES.length && lines.length === 6;
    if (isWhole) found = { trace, lines };
    return isWhole;
  });
  return found!;
}

/** That a request is of one release, in its trace and in its lines, by field. */
export async function checkRequest(traced: TracedStack, { trace, lines }: FoundRequest) {
  const { stack, addresses } = traced;
  const { release, activeColor } = await stack.outputs();
  assert.deepEqual([...trace.services.keys()].sort(), [...SERVICES]);
  for (const { attributes } of trace.services.values()) {
    const { stack: name, set, release: id } = attributes;
    assert.deepEqual([name, set, id], [stack.name, activeColor, release.id]);
  }
  for (const { stack: name, set, release: id } of lines) {
    assert.deepEqual([name, set, id], [stack.name, activeColor, release.id]);
  }
  const writers = lines.map(({ service }) => service).sort();
  assert.deepEqual(writers, ["checkout", "edge", "edge", "edge", "orders", "stock"]);
  const fields = ["cart.number", "order.number", "article.number"];
  const numbers = fields.map((field) => lines.find((line) => line[field] !== undefined)?.[field]);
  assert.equal(new Set(numbers).size, 1, `fields of JSON lines: ${numbers.join()}`);
  const found = await new TraceReader(addresses.jaeger).search("checkout", { release: release.id });
  assert.ok(found.includes(trace.id), "a search by release does not find the trace");
}

/** A release under load, at whose begin all servers that watch the stack are killed. @returns what users lost. */
export async function releaseWithDeadServers(
  traced: TracedStack,
  version: string,
): Promise<LoadResult> {
  const { stack } = traced;
  const load = new OpenLoopLoad({
    ...{ baseUrl: stack.url, getPaths: ["/checkout/checkout/1", "/orders/orders/2"] },
    ...{ postPaths: [], requestsPerSecond: RELEASE_LOAD, connections: 100 },
  });
  traced.configure(version);
  const engine = connectEngine();
  const kill = () =>
    Promise.all(
      RUN_OBSERVERS.map((observer) =>
        engine.getContainer(observerName(stack.prefix, observer)).remove({ force: true }),
      ),
    );
  const before = (await stack.outputs()).release.id;
  const { exitCode, output } = await stack.upDisturbedAt(/claim/, kill);
  const result = await load.stop();
  assert.equal(exitCode, 0, output);
  assert.notEqual((await stack.outputs()).release.id, before);
  return result;
}

/** The next update makes the servers again, and no set. */
export async function bringServersBack(traced: TracedStack): Promise<void> {
  const output = await succeed(traced.stack.up());
  for (const observer of RUN_OBSERVERS) assert.match(output, new RegExp(`${observer} is ready at`));
}
