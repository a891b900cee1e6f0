import * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "../release/stackOutputs";

/**
 * The stack's outputs as its last successful update left them; empty before the first. A reference to itself works on
 * every backend, and a failed update does not change what it gives.
 */
export async function readOwnOutputs(): Promise<Partial<StackOutputs>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const reference = new pulumi.StackReference(name);
  const names = [
    "activeColor",
    "release",
    "previousRelease",
    "history",
    "containerSets",
    "network",
  ] as const satisfies readonly (keyof StackOutputs)[];
  const details = await Promise.all(names.map((output) => reference.getOutputDetails(output)));
  return Object.fromEntries(
    names.flatMap((output, index) => {
      const value: unknown = details[index]?.value;
      return value === undefined ? [] : [[output, value]];
    }),
  );
}
