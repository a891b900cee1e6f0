import pc from "picocolors";
import { shortImage } from "../../rules/stateful/statefulPlan";
import type { StatefulStatus } from "./look";

/** A stateful service in a line, and in one more what waits. */
export function showStateful({ service, image, state, volume, waits }: StatefulStatus): string[] {
  const mark = state === "running" ? pc.green("●") : pc.red("○");
  const what = image === null ? "never well" : shortImage(image);
  return [
    `${mark} ${service}  ${what}  ${state ?? "missing"}  volume ${volume}`,
    ...(waits === null
      ? []
      : [`  ${pc.yellow("!")} waits for \`maestro stateful update ${service}\`: ${waits}`]),
  ];
}
