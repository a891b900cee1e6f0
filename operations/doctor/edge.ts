import { containerState } from "../../host/engine";
import { edgeContainerName } from "../../rules/edge/edgeLayout";
import { listenUrl } from "../../rules/edge/listenUrl";
import { findEdgeProblems } from "../shared/edgeProblems";
import { good, type Examination } from "./examination";

/** Whether users are served, and by the set that the records name. */
export const edge: Examination = {
  name: "edge",
  async look({ prefix, settings, host, directory }) {
    const connected = await host();
    const files = await directory();
    const active = await files.edge.readActiveColor();
    const mend = "pulumi up";
    if (active === null) return [{ condition: "warning", says: "nothing serves yet", mend }];
    const name = edgeContainerName(prefix);
    const engine = await connected.engine();
    const state = await containerState(engine, name);
    const means = "users get no answer";
    if (state === null)
      return [{ condition: "bad", says: `${name} is gone`, means, mend: "pulumi up --refresh" }];
    if (state !== "running") {
      return [
        {
          ...{ condition: "bad", says: `${name} is ${state}`, means, mend: `docker start ${name}` },
          fix: async () => {
            await engine.getContainer(name).start();
            return `${name} started`;
          },
        },
      ];
    }
    const url = listenUrl(settings.edge.listen);
    const problems = await findEdgeProblems(connected, url, active);
    if (problems.length === 0) return good(`${url} serves ${active}`);
    return problems.map((says) => ({ condition: "bad", says, means, mend: `docker logs ${name}` }));
  },
};

/** What the edge's nginx can do: an older one does without a directive. */
export const nginx: Examination = {
  name: "nginx",
  async look({ directory }) {
    const config = await (await directory()).edge.readConfig();
    if (config === null) return [];
    if (config.includes("keepalive_min_timeout"))
      return good("changes its configuration without a loss");
    return [
      {
        condition: "warning",
        says: "the edge's nginx is older than 1.27.4",
        means:
          "requests that are under way can be lost when routes change; releases and rollbacks lose none",
        mend: "name a newer image in maestro:edge.image",
      },
    ];
  },
};
