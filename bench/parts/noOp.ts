import type { Context } from "../context";
import { measure, type Measurement } from "../measurement";

/** How much an update with nothing to do costs beyond Pulumi itself. */
export async function noOp(context: Context): Promise<Measurement[]> {
  const services = await context.serviceStack();
  const empty = await context.emptyStack();
  const samples = await measure<"empty" | "ours">(context.rounds, async (round) => {
    round.add("empty", (await empty.up()).seconds);
    round.add("ours", (await services.noOp()).seconds);
  });
  return [
    { name: "empty stack", unit: "s", samples: samples.of("empty"), summary: "median" },
    { name: "five services", unit: "s", samples: samples.of("ours"), summary: "median" },
    {
      name: "five services / empty stack",
      unit: "x",
      samples: samples.ratios("ours", "empty"),
      summary: "median",
      atMost: 2,
    },
  ];
}
