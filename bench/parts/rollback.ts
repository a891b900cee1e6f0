import type { Context } from "../context";
import { measure, type Measurement } from "../measurement";

/** How much going back to a warm release costs beyond an update with nothing to do. */
export async function rollback(context: Context): Promise<Measurement[]> {
  const services = await context.serviceStack();
  const samples = await measure<"noOp" | "up" | "operation">(context.rounds, async (round) => {
    round.add("noOp", (await services.noOp()).seconds);
    round.add("up", (await services.rollBack()).seconds);
    round.add("operation", await services.rollBackByOperation());
  });
  return [
    { name: "no-op", unit: "s", samples: samples.of("noOp"), summary: "median" },
    { name: "warm rollback, `pulumi up`", unit: "s", samples: samples.of("up"), summary: "median" },
    {
      name: "warm rollback / no-op",
      unit: "x",
      samples: samples.ratios("up", "noOp"),
      summary: "median",
      atMost: 1.2,
    },
    {
      name: "warm rollback, `npm run rollback`",
      unit: "s",
      samples: samples.of("operation"),
      summary: "median",
    },
  ];
}
