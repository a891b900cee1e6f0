import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { isCredentialVariable, isSecretName } from "../config/credentials";
import { parsePreview } from "../rules/delivery/preview";
import { readPlan, type PlanFacts } from "../rules/delivery/planFacts";
import {
  labelOf,
  markOf,
  renderComment,
  renderPlan,
  type CommentOptions,
} from "../rules/delivery/planComment";
import { publishComment, publishLabel } from "./delivery/forge";
import { lookUpImages } from "./delivery/lookUpImages";
import { providerOf, type Environment, type RequestOptions } from "./delivery/requestOptions";
import { examplesOf } from "./shared/examples";

interface Options extends RequestOptions {
  readonly stack?: string;
  readonly output?: string;
  readonly artifact?: string;
  readonly dryRun?: boolean;
  readonly images: boolean;
  readonly label: boolean;
}

/** GitHub's limit of a label's name. */
const LABEL_LENGTH = 50;
const LONGEST_LABEL = "edge-outage".length;

/** `plan-comment`: a preview as one comment of a pull request, which is edited at each further preview. */
export async function main(argv: string[]): Promise<number> {
  const command = new Command("plan-comment")
    .description(
      "Says in a pull request what its update would do: one comment a stack, and a label.",
    )
    .argument("[file]", "what `pulumi preview --json` has printed; -: standard input", "-")
    .option("--dry-run", "print the comment, and send nothing")
    .option("--provider <name>", "github or gitlab (default: the one whose CI this is)")
    .option("--repository <name>", "owner/name (default: the CI's)")
    .option("--number <number>", "of the pull or merge request (default: the CI's)")
    .option("--stack <name>", "stack, where the preview ended before it named it")
    .option("--output <file>", "also write the whole text, whatever its length")
    .option("--artifact <url>", "where that text is (default: the page of the CI's run)")
    .option("--no-images", "ask no registry for sizes and commits")
    .option("--no-label", "set no label")
    .addHelpText("after", examplesOf("plan-comment"))
    .parse(argv, { from: "user" });
  const options = command.opts<Options>();
  const facts = named(readPlan(parsePreview(await readInput(command.args[0] ?? "-"))), options);
  const comment = {
    images: options.images ? await lookUpImages(facts) : new Map<string, never>(),
    isSecret: (name: string, value: string) =>
      isSecretName(name) || isCredentialVariable(name, value),
    artifact: options.artifact ?? runPage(process.env),
  };
  if (options.output !== undefined) writeFileSync(options.output, renderPlan(facts, comment));
  if (options.dryRun) {
    process.stdout.write(renderPlan(facts, comment));
    return 0;
  }
  await publish(facts, comment, options);
  return 0;
}

async function readInput(file: string): Promise<string> {
  if (file !== "-") return readFileSync(file, "utf8");
  if (process.stdin.isTTY) {
    throw new Error(
      "the preview is missing; name its file, or pipe `pulumi preview --json` into this",
    );
  }
  return text(process.stdin);
}

/** A preview that was refused early names no stack. */
function named(facts: PlanFacts, { stack }: Options): PlanFacts {
  if (facts.stack !== null) return facts;
  if (stack !== undefined) return { ...facts, stack, project: facts.project ?? "project" };
  throw new Error("the preview ended before it named its stack; name it by --stack");
}

async function publish(facts: PlanFacts, comment: CommentOptions, options: Options): Promise<void> {
  const forge = await openForge(options, process.env);
  const said = await publishComment(forge, markOf(facts), renderComment(facts, comment));
  console.log(`comment ${said}`);
  if (!options.label) return;
  const prefix = `maestro/${facts.stack ?? ""}`.slice(0, LABEL_LENGTH - LONGEST_LABEL - 1);
  await publishLabel(forge, `${prefix}:`, labelOf(facts));
  console.log(`label ${prefix}:${labelOf(facts)}`);
}

async function openForge(options: Options, environment: Environment) {
  if (providerOf(options, environment) === "gitlab")
    return (await import("./delivery/gitlab")).gitlabForge(options, environment);
  return (await import("./delivery/github")).githubForge(options, environment);
}

/** The page of this run, whose artifacts a pipeline keeps the whole text with. */
function runPage(environment: Environment): string | null {
  const {
    GITHUB_SERVER_URL: server,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: run,
  } = environment;
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}`;
  return environment["CI_JOB_URL"] ?? null;
}
