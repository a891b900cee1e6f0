import execa from "execa";
import { connectEngine, execIn } from "../../host/engine";
import { gatewayAddress } from "../../release/addresses";
import { observerName, OBSERVERS } from "../../rules/observability/layout";
import { pushBaseImage } from "../../toolchain/setup/registry";
import { foreignRepository, pushForeignImage } from "./foreignImages";
import type { TestStack } from "./testStack";

/** Servers that tests run. */
export const RUN_OBSERVERS = OBSERVERS.filter((observer) => observer !== "lokilogs");

export type RunObserver = (typeof RUN_OBSERVERS)[number];

/** Images of the servers that watch a stack, by digest. */
export interface ObserverImages {
  readonly prometheus: string;
  readonly victoriaLogs: string;
}

/** Debian's servers, and one that was built from its Go module. */
export async function observerImages(): Promise<ObserverImages> {
  const digest = await pushForeignImage("victoria-logs");
  return {
    prometheus: await pushBaseImage("prometheus"),
    victoriaLogs: `${foreignRepository("victoria-logs")}@${digest}`,
  };
}

/** `maestro:observability` of a test stack: with logs, and without traces. */
export function observerSettings(stack: TestStack, images: ObserverImages) {
  const listen = observerAddresses(stack);
  return {
    profile: "full",
    prometheus: { image: images.prometheus, listen: listen.prometheus, scrapeSeconds: 1 },
    alertmanager: { image: images.prometheus, listen: listen.alertmanager },
    victoriaLogs: { image: images.victoriaLogs, listen: listen.victorialogs },
  };
}

/** Where the servers that watch a test stack listen: on the ports behind the stack's own. */
export function observerAddresses({ url }: TestStack): Record<RunObserver, string> {
  const first = Number(new URL(url).port) + 2;
  const all = RUN_OBSERVERS.map((observer, index) => [observer, `127.0.0.1:${first + index}`]);
  return Object.fromEntries(all) as Record<RunObserver, string>;
}

/** An address on this machine, as the stack's containers reach it. */
export function fromContainers({ subnet }: TestStack, url: string): string {
  const address = new URL(url);
  address.hostname = gatewayAddress(subnet);
  return address.href;
}

/** What a command in a server's container says. */
export async function runInObserver(name: string, ...command: string[]): Promise<string> {
  const { exitCode, output } = await execIn(connectEngine(), name, command);
  if (exitCode !== 0) throw new Error(output);
  return output;
}

/** Removes what the servers remember, which no update does. */
export async function forgetObservers({ prefix }: TestStack): Promise<void> {
  const names = RUN_OBSERVERS.map((observer) => observerName(prefix, observer));
  const volumes = names.flatMap((name) => [name, `${name}-config`]);
  await execa("docker", ["volume", "rm", "--force", ...volumes], { reject: false });
}

/** Waits until it is so, however slow the machine. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`it has not come to that within 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Waits until all that users have asked for is counted, and nothing else. */
export async function untilCounted(
  ask: () => Promise<ReadonlyMap<string, number>>,
  expected: ReadonlyMap<string, number>,
): Promise<void> {
  const sorted = (counts: ReadonlyMap<string, number>) => JSON.stringify([...counts].sort());
  let counted = "nothing";
  await until("all are counted", async () => {
    counted = sorted(await ask());
    return counted === sorted(expected);
  }).catch((error: Error) => {
    throw new Error(`${error.message}; wanted ${sorted(expected)}, got ${counted}`);
  });
}
