import { failureOf } from "../../host/ask";
import { findEngineProblems } from "../../rules/host/engineNeeds";
import { good, type Examination } from "./examination";

/** Whether the Docker Engine answers, is new enough, and has the processors that services want. */
export const engine: Examination = {
  name: "engine",
  async look({ settings, host }) {
    const connected = await host();
    const docker = await connected.engine();
    const answers = await Promise.all([
      docker.version(),
      docker.info() as Promise<{ NCPU: number }>,
    ]).catch(failureOf);
    if (typeof answers === "string") {
      return [
        {
          condition: "bad",
          says: `no Docker Engine answers: ${answers}`,
          means: "no release can be placed, and no container is started again",
          mend: "systemctl start docker",
        },
      ];
    }
    const [{ ApiVersion, Version }, { NCPU }] = answers;
    const facts = { apiVersion: ApiVersion, processors: NCPU, host: connected.name };
    const problems = findEngineProblems(facts, settings);
    if (problems.length === 0) return good(`Docker ${Version}, API ${ApiVersion}`);
    const means = "the next update refuses it";
    return problems.map((says) => ({ condition: "bad", says, means }));
  },
};
