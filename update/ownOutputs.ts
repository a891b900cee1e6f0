import * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "../release/stackOutputs";

/**
 * The stack's outputs as its last successful update left them; empty before the first. A reference to itself works on
 * every backend, and a failed update does not change what it gives.
 */
export function readOwnOutputs(): Promise<Partial<StackOutputs>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  return readOutputs(name, [
    "activeColor",
    "release",
    "previousRelease",
    "history",
    "containerSets",
    "network",
    "lastEvent",
  ]);
}

/** Outputs of a stack of this program, by its full name; those it does not have are left out. */
export async function readOutputs(
  stack: string,
  names: readonly (keyof StackOutputs)[],
): Promise<Partial<StackOutputs>> {
  const reference = new pulumi.StackReference(stack);
  const details = await Promise.all(names.map((output) => reference.getOutputDetails(output)));
  return Object.fromEntries(
    names.flatMap((output, index) => {
      const value: unknown = details[index]?.value;
      return value === undefined ? [] : [[output, value]];
    }),
  );
}
