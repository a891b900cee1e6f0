import { Command } from "commander";
import { HAND_LENGTHS, RETRY_AFTER_SECONDS } from "../rules/edge/byHand";
import { readRule, type RuleOptions } from "./byHand/options";
import { impose, lift } from "./byHand/rules";
import { showLifted, showRule } from "./byHand/show";
import { addSubcommand } from "./shared/subcommand";

interface Options extends RuleOptions {
  readonly stack: string;
  readonly json?: boolean;
}

/** `maintenance`: has the edge answer users with a page, in the place of the services, until a moment. */
export async function main(argv: string[]): Promise<number> {
  let code = 0;
  const program = new Command("maintenance").description(
    "Shows users a page in the place of the services; it ends by itself.",
  );
  addSubcommand(
    program,
    "on",
    "Answers all requests with 503 and a page, except those of allowed clients.",
    "stack whose users get the page",
  )
    .option("--for <duration>", "when it ends by itself", HAND_LENGTHS.maintenance.usual)
    .option("--allow <address...>", "clients that get the services all the same")
    .option(
      "--retry-after <seconds>",
      `what clients are told to wait: ${RETRY_AFTER_SECONDS.join(", ")}`,
      "60",
    )
    .option("--page <file>", "HTML that browsers get (default: a plain page)")
    .action(async (options: Options) => {
      const wanted = readRule("maintenance", options);
      code = showRule(options, await impose(options.stack, wanted), wanted.seconds);
    });
  addSubcommand(
    program,
    "off",
    "Gives users the services again, at once.",
    "stack to give back",
  ).action(async (options: Options) => {
    const lifted = await lift(options.stack, ({ kind }) => kind === "maintenance");
    code = showLifted(options, lifted, "there is no maintenance");
  });
  await program.parseAsync(argv, { from: "user" });
  return code;
}
