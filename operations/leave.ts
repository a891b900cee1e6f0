import { readdirSync } from "node:fs";
import { Command } from "commander";
import { instanceRoot, projectName, stackPrefix } from "../config/project";
import { LABELS } from "../rules/host/containerLabels";
import { docker } from "../toolchain/setup/dockerClient";
import { addReason, beginChange } from "./shared/beginChange";
import { leaveMachine } from "./shared/leaveMachine";
import { examplesOf } from "./shared/examples";

/**
 * Gives back what this machine's projects share: registry, package index, base images. They go once their last user has
 * left. A project whose stacks still have containers here must destroy those first.
 */
export async function main(argv: string[]): Promise<void> {
  const options = addReason(new Command("leave"))
    .description(
      "Give back what this machine's projects share, registry, package index and base images: they go with their last user.",
    )
    .addHelpText("after", examplesOf("leave"))
    .parse(argv, { from: "user" })
    .opts<{ reason?: string }>();
  await beginChange("leave", options);
  const running = await findStacks();
  if (running.length > 0) {
    const list = running.map(([stack, names]) => `${stack} (${names.join(", ")})`).join("; ");
    throw new Error(
      `${projectName()}: containers of its stacks are on this machine: ${list}; remove them first: ` +
        `\`pulumi destroy --stack <stack>\``,
    );
  }
  await leaveMachine();
}

/** Stacks with a file in this project that have containers on this machine, with the containers' names. */
async function findStacks(): Promise<[string, string[]][]> {
  const stacks = readdirSync(instanceRoot()).flatMap(
    (file) => /^Pulumi\.(?!.*\.secrets\.)(.+)\.ya?ml$/.exec(file)?.[1] ?? [],
  );
  const found = stacks.map(async (stack): Promise<[string, string[]]> => {
    const label = `label=${LABELS.stack}=${stackPrefix(stack)}`;
    const output = await docker(["ps", "--all", "--filter", label, "--format", "{{.Names}}"]);
    return [stack, output.split("\n").filter(Boolean)];
  });
  return (await Promise.all(found)).filter(([, names]) => names.length > 0);
}
