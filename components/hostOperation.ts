import * as command from "@pulumi/command/local";
import * as pulumi from "@pulumi/pulumi";
import { stepCommand } from "../config/stepCommand";
import type { OperationInputs } from "../rules/stepInput";
import { canonicalJson } from "../release/release";

/**
 * An operation that runs when it is first made and again whenever its input changes. It gets the input on standard
 * input, never in the command text: that keeps it out of process lists, and no shell ever reads it.
 *
 * The command names no absolute path, so the same stack can be updated from any checkout without a difference (see
 * {@link stepCommand}).
 */
export function createOperation<Name extends keyof OperationInputs>(
  name: string,
  operation: Name,
  input: OperationInputs[Name] | pulumi.Output<OperationInputs[Name]>,
  opts: pulumi.CustomResourceOptions,
  extra: Pick<command.CommandArgs, "delete" | "triggers"> = {},
): command.Command {
  const script = stepCommand(operation);
  // The same script for `update`: a replacement would be a new resource, and its old one's end a second event.
  return new command.Command(
    name,
    {
      create: script,
      update: script,
      stdin: pulumi.Output.isInstance(input)
        ? input.apply((known) => canonicalJson(known))
        : canonicalJson(input),
      ...extra,
    },
    opts,
  );
}
