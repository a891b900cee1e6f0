import assert from "node:assert/strict";
import { Command } from "commander";
import { measureCosts } from "../tests/tracing/costs";
import {
  bringServersBack,
  checkRequest,
  followRequest,
  releaseWithDeadServers,
} from "../tests/tracing/run";
import { TracedStack } from "../tests/tracing/tracedStack";
import { succeed } from "../tests/support/testStack";
import { forgetObservers } from "../tests/support/watchedStack";
import { buildTestImages } from "./testImages";

/** How long costs are measured, in seconds. */
const MEASURED_SECONDS = 60;

/**
 * `traces`: the whole of `profile: full` on a stack of its own: one request is one trace over three foreign services, with
 * its lines; a release goes out while all servers that watch it are dead; what they cost. Throws when something did not hold.
 */
export async function main(argv: string[]): Promise<number> {
  new Command("traces")
    .description("Follows requests through traces and logs of a throwaway stack, and measures.")
    .parse(argv, { from: "user" });
  await buildTestImages();
  const traced = await TracedStack.build();
  const { stack } = traced;
  await stack.create({});
  await forgetObservers(stack);
  try {
    traced.configure("1");
    await succeed(stack.up());
    const exporter = await traced.startExporter();
    try {
      await follow(traced, 4711);
      const { sent, lost } = await releaseWithDeadServers(traced, "2");
      console.log(`released with dead servers: ${sent} requests, ${lost.length} lost`);
      assert.deepEqual(lost, []);
      await bringServersBack(traced);
      await follow(traced, 4712);
      await tellCosts(traced, exporter.pid);
    } finally {
      await exporter.stop();
    }
  } finally {
    await stack.remove();
    await forgetObservers(stack);
  }
  return 0;
}

async function follow(traced: TracedStack, number: number): Promise<void> {
  const found = await followRequest(traced, number);
  await checkRequest(traced, found);
  const spans = [...found.trace.services.values()].reduce((sum, each) => sum + each.spans, 0);
  console.log(`trace ${found.trace.id}: ${spans} spans, ${found.lines.length} lines`);
}

async function tellCosts(traced: TracedStack, exporter: number): Promise<void> {
  const { costs, answered, lost } = await measureCosts(traced, exporter, MEASURED_SECONDS);
  console.log(`${answered} requests, ${lost} lost`);
  for (const { part, percent, megabytes } of costs) {
    console.log(`${part}: ${percent.toFixed(1)} % of a core, ${megabytes.toFixed(0)} MiB`);
  }
}
