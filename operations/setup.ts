import { Command } from "commander";
import { existsSync } from "node:fs";
import { stackFilePath } from "../config/project";
import { officialOnPath, toolchainDirectory } from "../config/locations";
import { findRegistry } from "../registry/probe";
import { ensureDocker } from "../toolchain/setup/docker";
import { ensureRegistry, noteRegistryUse, pushBaseImage } from "../toolchain/setup/registry";
import { step } from "../toolchain/setup/step";
import { readRegistry } from "./images/stackFile";
import { checkAddresses } from "./setup/checkAddresses";
import { prepareHost } from "./setup/prepareHost";
import { addReason, beginChange } from "./shared/beginChange";
import { askPulumi } from "./shared/pulumi";
import { DEFAULT_STACK, readStackConfig, writeStackConfig } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

/** Images that maestro makes itself: key of the stack that names them -> what they are made of. */
const OWN_IMAGES = { edge: "nginx", postgres: "postgres" } as const;

/** Makes a stack ready for `images` and `pulumi up`: what is there already stays as it is. */
export async function main(argv: string[]): Promise<void> {
  const options = addReason(new Command("setup"))
    .description("Make a stack ready: registry, images of edge and database server, the stack.")
    .option("--stack <name>", "stack to make ready", DEFAULT_STACK)
    .addHelpText("after", examplesOf("setup"))
    .parse(argv, { from: "user" })
    .opts<{ stack: string; reason?: string }>();
  const { stack } = options;
  await beginChange("setup", options);
  const config = readStackConfig(stack);
  const registry = readRegistry(stackFilePath(stack));
  const lacking = findLacking(config);
  const problems = [
    ...findPulumiProblem(),
    ...(registry.kind === "local" ? [] : lacking.map((key) => describeForeign(key))),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  if (config["host"] != null) await step("host", () => prepareHost(stack));
  if (registry.kind === "local") {
    await step("Docker Engine", ensureDocker);
    await step("image registry", async (say) =>
      (await findRegistry(registry.address)) === "registry"
        ? usePresent(registry.address)
        : ensureRegistry({ address: registry.address }, say),
    );
  }
  await step("addresses", () => checkAddresses(stack));
  for (const key of lacking) {
    const image = await step(`${OWN_IMAGES[key]} image`, (say) =>
      pushBaseImage(OWN_IMAGES[key], registry.address, say),
    );
    writeStackConfig(stack, [[[key, "image"], image]]);
  }
  await step("stack", async () => {
    await askPulumi(["stack", "select", "--create", stack]);
    return stack;
  });
}

async function usePresent(address: string): Promise<string> {
  await noteRegistryUse(address);
  return `${address}, present`;
}

/** Keys whose image the stack does not name; a database server is one only where the stack wants it. */
function findLacking(config: Readonly<Record<string, unknown>>): (keyof typeof OWN_IMAGES)[] {
  const isNamed = (key: string) => (config[key] as { image?: unknown } | null)?.image != null;
  return (["edge", "postgres"] as const).filter(
    (key) => !isNamed(key) && (key === "edge" || config[key] !== undefined),
  );
}

function describeForeign(key: keyof typeof OWN_IMAGES): string {
  return (
    `maestro:${key}.image: is required, and this command pushes to a local registry alone; push ${OWN_IMAGES[key]} to ` +
    `the stack's registry and write <repository>@sha256:<digest>`
  );
}

function findPulumiProblem(): string[] {
  const isThere = officialOnPath("pulumi") !== undefined || existsSync(toolchainDirectory());
  return isThere ? [] : ["pulumi: is not on PATH; install the Pulumi CLI, then run this again"];
}
