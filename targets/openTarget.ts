import type { Settings } from "../config/settings";
import { DockerHostTarget } from "./dockerHost/target";
import type { Target } from "./target";

/** Where a stack's settings say that it runs. */
export function openTarget(settings: Settings, prefix: string): Target {
  return new DockerHostTarget(settings, prefix);
}
