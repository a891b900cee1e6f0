import { failureOf } from "../../host/ask";
import type { Host } from "../../host/host";
import type { Color } from "../../release/release";

/** Whether the edge answers users, and for the set that the records name; a line for what is not so. */
export async function findEdgeProblems(
  host: Pick<Host, "ask">,
  edgeUrl: string,
  activeColor: Color | null,
): Promise<string[]> {
  if (!activeColor) return ["nothing serves yet: run `pulumi up`"];
  try {
    const { headers, status } = await host.ask(`${edgeUrl}/edge/release`);
    const set = headers["x-maestro-set"];
    return status === 200 && set === activeColor
      ? []
      : [
          `the edge answers for ${String(set)} with status ${status}, the switch says ${activeColor}`,
        ];
  } catch (error) {
    return [`the edge at ${edgeUrl} does not answer: ${failureOf(error)}`];
  }
}
