import { removeImages } from "../../toolchain/setup/baseImages";
import { leaveRegistries } from "../../toolchain/setup/registry";
import { step } from "../../toolchain/setup/step";
import { leavePypiIndexes } from "../packages/pypiIndex";

/** Takes this project off the lists of who uses what a machine's projects share, and removes what nobody else uses. */
export async function leaveMachine(): Promise<void> {
  await step("registry", leaveRegistries);
  await step("package index", leavePypiIndexes);
  await step("images", removeImages);
}
