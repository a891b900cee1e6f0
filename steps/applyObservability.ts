import { randomBytes } from "node:crypto";
import * as path from "node:path";
import type Docker from "dockerode";
import { withHost } from "../host/connectHost";
import type { Host } from "../host/host";
import { HostDirectory } from "../host/hostDirectory";
import { makeObserverNetwork, placeObserver, takeObservers } from "../host/observers";
import { HostError } from "../rules/host/asking";
import { listenUrl } from "../rules/edge/listenUrl";
import type { ChannelSecret } from "../rules/observability/alertmanagerConfig";
import { fingerprints } from "../rules/observability/deliveredSecrets";
import { OBSERVERS, READY_PATHS, TOKEN_FILE, type Observer } from "../rules/observability/layout";
import type { ObservabilityPlan, ObserverPlan } from "../rules/observability/plan";
import type { ObservabilityInput } from "../rules/stepInput";
import { sleep } from "../targets/timing";
import { readInput } from "./shared/input";

/** How long a server may take until it answers. */
const READY_SECONDS = 30;

/**
 * Makes the observability stack what it is to be, after the release: no trouble of it may fail an update. What could not
 * be done is said, and the next update does it again.
 */
export async function main(): Promise<void> {
  const input = readInput<ObservabilityInput>("applyObservability");
  try {
    await withHost(input.host, (host) => apply(host, input));
  } catch (error) {
    console.log(
      `WARNING: the observability stack is not what it is to be: ${(error as Error).message}\n` +
        `no release depends on it; the next update tries it again`,
    );
  }
}

async function apply(host: Host, input: ObservabilityInput): Promise<void> {
  const { plan, hash, number, prefix } = input;
  const { records } = new HostDirectory(host, input.directory);
  const before = (await records.observability.read().catch(() => null))?.secrets ?? {};
  // The record comes first: after a kill in between the next update does it all again.
  await records.observability.write({ number, hash: null, secrets: before });
  const engine = await host.engine();
  await makeObserverNetwork(engine, prefix);
  const token = await tokenOf(host, input.directory);
  const here = fingerprints(plan.secrets, process.env, token);
  const files: Partial<Record<Observer, Record<string, string>>> = {
    prometheus: { token },
    alertmanager: channelFiles(plan.secrets),
  };
  for (const observer of plan.observers) {
    await placeObserver(engine, prefix, observer, files[observer.observer] ?? {});
  }
  await takeOthers(engine, prefix, plan);
  for (const observer of plan.observers) await untilReady(host, observer);
  const secrets = { ...before, ...here };
  for (const { variable } of plan.secrets.filter((each) => !secrets[each.variable])) {
    console.log(`WARNING: ${variable} is not set here, so its channel is told of no alert`);
  }
  await records.observability.write({ number, hash, secrets });
}

/** Those of another profile, that the stack has had. */
async function takeOthers(engine: Docker, prefix: string, { observers }: ObservabilityPlan) {
  const wanted = new Set(observers.map(({ observer }) => observer));
  const others = OBSERVERS.filter((observer) => !wanted.has(observer));
  const kept = await takeObservers(engine, prefix, others);
  if (kept.length === 0) return;
  console.log(`what is not run any more stays; \`docker volume rm ${kept.join(" ")}\` forgets it`);
}

/** What lets Prometheus, and nobody else in the stack's network, ask the exporter. */
async function tokenOf({ files }: Host, directory: string): Promise<string> {
  const file = path.posix.join(directory, TOKEN_FILE);
  const known = await files.read(file);
  if (known !== null) return known.toString("utf8");
  const token = randomBytes(32).toString("base64url");
  await files.write(file, token, { mode: 0o400 });
  return token;
}

/** File -> value, for the variables that are set here; the others stay as an earlier deployer has written them. */
function channelFiles(secrets: readonly ChannelSecret[]): Record<string, string> {
  return Object.fromEntries(
    secrets.flatMap(({ file, variable }) => {
      const value = process.env[variable];
      return value ? [[file, value]] : [];
    }),
  );
}

async function untilReady(host: Host, { observer, listen }: ObserverPlan): Promise<void> {
  const url = `${listenUrl(listen)}${READY_PATHS[observer]}`;
  const deadline = performance.now() + READY_SECONDS * 1000;
  for (;;) {
    const status = await host.ask(url).then(
      (answer) => answer.status,
      (error: unknown) => {
        if (error instanceof HostError) throw error;
        return null;
      },
    );
    if (status === 200) return console.log(`${observer} is ready at ${listenUrl(listen)}`);
    if (performance.now() > deadline) {
      throw new Error(`${observer}: not ready within ${READY_SECONDS} s; see its log`);
    }
    await sleep(250);
  }
}
