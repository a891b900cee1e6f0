import * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "./release/stackOutputs";

export type { HistoryEntry } from "./release/history";
export type { ReleaseOutput, ServiceOutput, StackOutputs } from "./release/stackOutputs";

/** A stack's outputs, each with its type. */
export type MaestroOutputs = {
  readonly [Name in keyof StackOutputs]-?: pulumi.Output<Required<StackOutputs>[Name]>;
};

/**
 * What a stack of this program tells others, for the program of another stack. An output that the stack does not have
 * (yet: it has never released) fails the update that asks for it, naming stack and output.
 *
 * @param stack `<organization>/<project>/<stack>`, such as `organization/maestro/demo`.
 *
 * @example
 * const { url, services } = readMaestro("organization/maestro/demo");
 */
export function readMaestro(
  stack: string,
  opts: pulumi.CustomResourceOptions = {},
): MaestroOutputs {
  const reference = new pulumi.StackReference(stack, {}, opts);
  const names = [
    "url",
    "previewUrl",
    "activeColor",
    "release",
    "previousRelease",
    "history",
    "services",
    "registry",
    "packages",
    "identity",
    "containerSets",
    "network",
    "lastEvent",
  ] as const satisfies readonly (keyof StackOutputs)[];
  return lazily(names, (name) => reference.requireOutput(name));
}

/** Only what is read is required. */
function lazily(
  names: readonly (keyof StackOutputs)[],
  read: (name: keyof StackOutputs) => pulumi.Output<unknown>,
): MaestroOutputs {
  const outputs = {};
  for (const name of names) {
    Object.defineProperty(outputs, name, { get: () => read(name), enumerable: true });
  }
  return outputs as MaestroOutputs;
}
