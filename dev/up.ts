import { Command } from "commander";
import pc from "picocolors";
import { stackFilePath } from "../config/project";
import { setUpMachine } from "../toolchain/setup/machine";
import { pushBaseImage } from "../toolchain/setup/registry";
import { step } from "../toolchain/setup/step";
import { main as buildImages } from "../operations/images";
import { hasOwnDatabases } from "../operations/migrations/databaseSecrets";
import { main as publishPackages } from "../operations/packages";
import { recoverIfKilled } from "../operations/shared/recovery";
import { askPulumi, readOutputs, runPulumi } from "../operations/shared/pulumi";
import { checkAddresses } from "../operations/setup/checkAddresses";
import { repairStateFiles } from "../operations/shared/stateFile";
import { readRegistry } from "../operations/images/stackFile";
import { prepareDevelopmentSecrets } from "../operations/secrets/development";
import { DEFAULT_STACK, writeStackConfig } from "../operations/shared/stackFile";

/**
 * `make up`: from a bare machine to services that answer. Each step is safe to repeat and says what it did, so an
 * interrupted run is simply started again.
 */
export async function main(argv: string[]): Promise<number> {
  new Command("up")
    .description("Sets this machine up, builds the example services and releases them.")
    .parse(argv, { from: "user" });
  const stack = DEFAULT_STACK;
  const { address } = readRegistry(stackFilePath(stack));
  const { nginxImage } = await setUpMachine(address);
  writeStackConfig(stack, [[["edge", "image"], nginxImage]]);
  // A stack whose state is lost would else be begun anew, beside its containers.
  for (const line of await repairStateFiles(stack)) console.error(line);
  await step("stack", async () => {
    await askPulumi(["stack", "select", "--create", stack]);
    return stack;
  });
  await step("addresses", () => checkAddresses(stack));
  await step("secrets", () => prepareDevelopmentSecrets(stack, (text) => console.error(text)));
  if (await hasOwnDatabases(stack)) {
    const image = await step("database image", (say) => pushBaseImage("postgres", address, say));
    writeStackConfig(stack, [[["postgres", "image"], image]]);
  }
  await publishPackages(["publish", "--stack", stack]);
  await buildImages(["--stack", stack]);
  await recoverIfKilled(stack);
  const code = await runPulumi([
    "up",
    "--yes",
    "--skip-preview",
    "--suppress-outputs",
    "--stack",
    stack,
  ]);
  if (code !== 0) {
    console.error(
      pc.red(
        "\nThe update failed; what served before still serves. Mend it and run `make up` again.",
      ),
    );
    return code;
  }
  await printSummary(stack);
  return 0;
}

async function printSummary(stack: string): Promise<void> {
  const { url, previewUrl, activeColor, release, services = {} } = await readOutputs(stack);
  const [first] = Object.values(services);
  console.log(`
  ${pc.bold(url ?? "")}  ${activeColor} set, release ${release?.id}
  preview of the idle set: ${previewUrl}

  Try next (after \`source toolchain/env.sh\` for pulumi itself):
    curl -i ${first?.url}health
    npm run status
    npm run rollback -- --preview
`);
}
