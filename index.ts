import type * as pulumi from "@pulumi/pulumi";
import { releaseStack } from "./engine";

/** This repository's own stacks, as every instance's: one update by the engine. */
export default function main(): Promise<pulumi.Inputs> {
  return releaseStack();
}
