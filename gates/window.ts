import { refusalOf, type DeployWindow } from "../rules/gates/deployWindow";
import type { Gate } from "./gate";

/** Lets releases out at the hours that the configuration names. */
export function windowGate(window: DeployWindow): Gate {
  return { name: "window", ask: () => Promise.resolve(refusalOf(window, new Date())) };
}
