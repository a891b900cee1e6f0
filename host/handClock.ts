import { secondsLeft } from "../rules/edge/handWords";
import { failureOf } from "./ask";
import type { Host } from "./host";
import type { HostDirectory } from "./hostDirectory";

/** Rules hold by the host's clock, which the deployer's may differ from: the edge says what it is. */
export async function readEdgeClock(host: Pick<Host, "ask">, edgeUrl: string): Promise<number> {
  const { headers } = await host.ask(`${edgeUrl}/edge/health`).catch((error: unknown) => {
    throw new Error(
      `the edge at ${edgeUrl} does not answer: ${failureOf(error)}; \`maestro status\` shows what serves`,
    );
  });
  const time = Date.parse(String(headers["date"]));
  if (Number.isNaN(time)) throw new Error(`${edgeUrl}/edge/health: tells no time; is it an edge?`);
  return time / 1000;
}

/** Takes away what is left of rules that are over; where none holds, requests cost again what they did. */
export async function forgetOver({ hand, records }: HostDirectory, now: number): Promise<void> {
  for (const rule of await records.byHand.list()) {
    if (secondsLeft(rule, now) !== null) continue;
    await hand.lift(rule);
    await records.byHand.remove(rule);
  }
  if ((await records.byHand.list()).length > 0) return;
  await hand.rest();
  // Another operator's, made in this moment.
  if ((await records.byHand.list()).length > 0) await hand.wake();
}
