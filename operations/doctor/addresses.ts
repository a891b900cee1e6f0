import { findMachineProblems } from "../../host/machineProblems";
import { listenUrl } from "../../rules/edge/listenUrl";
import { good, inParts, type Examination } from "./examination";

/** Whether ports, subnet and names are the stack's, or free where it is new. */
export const addresses: Examination = {
  name: "addresses",
  async look({ stack, prefix, settings, host, directory }) {
    const edge = await (await directory()).records.readEdge();
    const problems = await findMachineProblems(await host(), { stack, prefix, settings, edge });
    if (problems.length === 0)
      return good(`${listenUrl(settings.edge.listen)}, ${settings.subnet}`);
    const means = "the next update refuses it";
    return problems.map((problem) => ({ condition: "bad", means, ...inParts(problem) }));
  },
};
