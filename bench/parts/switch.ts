import { statSync } from "node:fs";
import path from "node:path";
import type { Context } from "../context";
import { measure, type Measurement } from "../measurement";
import { SwitchWatch } from "../switchWatch";

/** How long users wait between the rename and the other set's answers, and how long the operation takes to prove it. */
export async function switchTraffic(context: Context): Promise<Measurement[]> {
  const services = await context.serviceStack();
  const { url, host } = services.stack;
  const directory = path.join(host.edge.directory, "switch");
  const samples = await measure<"first" | "last" | "asked">(context.rounds, async (round) => {
    const watch = new SwitchWatch(url, services.services);
    const { output } = await services.rollBack();
    const { first, last } = await watch.stop();
    // Nothing else touches the directory in a warm rollback: its time is the rename's.
    const renamed = statSync(directory).mtimeMs;
    round.add("first", first - renamed);
    round.add("last", last - renamed);
    round.add("asked", 1000 * Number(/moved and asked in ([\d.]+) s/.exec(output)?.[1]));
  });
  return [
    {
      name: "rename to the first answer of the other set",
      unit: "ms",
      samples: samples.of("first"),
      summary: "median",
    },
    {
      name: "rename to the other set's answers for all services",
      unit: "ms",
      samples: samples.of("last"),
      summary: "median",
      atMost: 200,
    },
    {
      name: "moved, and every service asked (switchTraffic's own number)",
      unit: "ms",
      samples: samples.of("asked"),
      summary: "median",
      atMost: 200,
    },
  ];
}
