import { connectEngine, execIn, listSet } from "../../host/engine";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { otherColor } from "../../release/release";
import type { TestStack } from "../support/testStack";
import { OpenLoopLoad } from "./openLoopLoad";

/** A mistake made on purpose, and whether the harness has noticed. */
export interface Control {
  readonly name: string;
  readonly sent: number;
  readonly lost: number;
  /** Why it was not made; null: it was. */
  readonly notRun: string | null;
}

const REQUESTS_PER_SECOND = 500;
const CONNECTIONS = 64;
const RELOADS = 40;
/** From here on nginx can keep idle connections over a reload, and the edge tells it to. */
const FIRST_LOSSLESS_NGINX = [1, 27, 4];

/** What blue/green releases are there to avoid. Each of these must lose requests, and be seen to. */
export async function runControls(
  stack: TestStack,
  services: readonly string[],
): Promise<Control[]> {
  const engine = connectEngine();
  const edge = edgeContainerName(stack.prefix);
  const active = (await stack.host.edge.readActiveColor())!;
  const idle = otherColor(active);
  const containerOf = async (color: typeof active) =>
    engine.getContainer((await listSet(engine, stack.prefix, color))[0]!.id);
  const { output } = await execIn(engine, edge, ["nginx", "-v"]);
  return [
    await control("nginx reloads, 40 of them", stack, services, {
      notRun: losesAtReload(output) ? null : `${output} keeps its connections over a reload`,
      mistake: async () => {
        for (let reload = 0; reload < RELOADS; reload += 1) {
          await execIn(engine, edge, [
            "nginx",
            "-c",
            "/etc/maestro/conf/nginx.conf",
            "-s",
            "reload",
          ]);
          await sleep(200);
        }
      },
    }),
    await control("a serving container stopped without grace", stack, services, {
      mistake: async () => {
        const container = await containerOf(active);
        await container.kill();
        await sleep(500);
        await container.start();
      },
    }),
    await control("traffic moved to a set that was not proven", stack, services, {
      mistake: async () => {
        const container = await containerOf(idle);
        await container.stop({ t: 1 });
        await stack.host.edge.moveTraffic(idle);
        await sleep(500);
        await stack.host.edge.moveTraffic(active);
        await container.start();
      },
    }),
  ];
}

async function control(
  name: string,
  stack: TestStack,
  services: readonly string[],
  { mistake, notRun = null }: { mistake: () => Promise<void>; notRun?: string | null },
): Promise<Control> {
  if (notRun !== null) return { name, sent: 0, lost: 0, notRun };
  const load = new OpenLoopLoad({
    baseUrl: stack.url,
    getPaths: services.map((service) => `/${service}/version`),
    postPaths: services.map((service) => `/${service}/echo`),
    requestsPerSecond: REQUESTS_PER_SECOND,
    connections: CONNECTIONS,
  });
  await sleep(500);
  await mistake();
  await sleep(500);
  const { sent, lost } = await load.stop();
  return { name, sent, lost: lost.length, notRun };
}

/** Whether the nginx of this version text (`nginx version: nginx/1.22.1`) drops idle connections when it reloads. */
export function losesAtReload(version: string): boolean {
  const found = /nginx\/(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!found) throw new Error(`no version of nginx in "${version}"`);
  const different = found.findIndex((part, index) => part !== FIRST_LOSSLESS_NGINX[index]);
  return different >= 0 && found[different]! < FIRST_LOSSLESS_NGINX[different]!;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
