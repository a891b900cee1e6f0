import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import execa from "execa";
import { instanceRoot } from "../config/project";
import { APPROVAL_NAMESPACE, renderApproval, type ApprovedPlan } from "../rules/gates/approval";
import { addReason, beginChange } from "./shared/beginChange";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface Options {
  readonly stack: string;
  readonly replaces: string;
  readonly key: string;
  readonly reason?: string;
}

/** `approve`: signs what a release will do, for the gate that wants people to agree. */
export async function main(argv: string[]): Promise<number> {
  const program = addReason(new Command("approve"))
    .description(
      "Signs what a release will do; `pulumi preview` says which release waits for that.",
    )
    .argument("<release>", "id of the release")
    .option("--stack <name>", "stack that it is for", DEFAULT_STACK)
    .requiredOption("--replaces <release>", "id of the release that serves, or none")
    .option("--key <file>", "key to sign with", path.join(homedir(), ".ssh", "id_ed25519"))
    .addHelpText("after", examplesOf("approve"))
    .parse(argv, { from: "user" });
  const options = program.opts<Options>();
  await beginChange("approve", options);
  const file = await approve(program.args[0] ?? "", options);
  console.log(
    `signed: ${file}\nhand it and ${path.basename(file)}.sig to who deploys, as by a commit`,
  );
  return 0;
}

/** @returns the file, relative to the project. */
async function approve(release: string, { stack, replaces, key }: Options): Promise<string> {
  const { gates, rollout } = readStackSettings(stack);
  const { approvals } = gates ?? {};
  if (!approvals)
    throw new Error(`${stack}: wants no approvals; maestro:gates.approvals names them`);
  for (const id of [release, ...(replaces === "none" ? [] : [replaces])]) {
    if (/^[a-f][0-9a-f]{11}$/.test(id)) continue;
    throw new Error(`${id}: is no id of a release; copy it from \`pulumi preview\``);
  }
  const plan: ApprovedPlan = {
    ...{ stack, release, replaces: replaces === "none" ? null : replaces },
    traffic: { bakeSeconds: rollout.bakeSeconds, canary: rollout.canary ?? null },
  };
  const document = renderApproval(plan, new Date(), approvals.expiresAfterHours);
  const name = `${stack}-${release}-${randomBytes(4).toString("hex")}.json`;
  const file = path.join(instanceRoot(), approvals.directory, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, document);
  // It asks for the key's passphrase itself.
  await execa("ssh-keygen", ["-Y", "sign", "-f", key, "-n", APPROVAL_NAMESPACE, file], {
    stdio: ["inherit", "ignore", "inherit"],
  });
  console.log(document.trim());
  return path.join(approvals.directory, name);
}
