import type Docker from "dockerode";
import { LABELS } from "../rules/host/containerLabels";
import { STATEFUL_LABEL, statefulName } from "../rules/stateful/statefulPlan";

/** The container of a stateful service, as the Engine lists it. */
export interface ListedStateful {
  readonly id: string;
  readonly service: string;
  readonly isRunning: boolean;
}

/** The containers of a stack's stateful services; not those of before, while others take their place. */
export async function listStateful(engine: Docker, prefix: string): Promise<ListedStateful[]> {
  const label = [`${LABELS.stack}=${prefix}`, STATEFUL_LABEL];
  const found = await engine.listContainers({ all: true, filters: { label } });
  return found.flatMap(({ Id, Names, Labels, State }) => {
    const service = Labels[STATEFUL_LABEL] ?? "";
    const isIts = Names.includes(`/${statefulName(prefix, service)}`);
    return isIts ? [{ id: Id, service, isRunning: State === "running" }] : [];
  });
}
