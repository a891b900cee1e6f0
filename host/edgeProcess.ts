import type Docker from "dockerode";
import { EDGE_MOUNT } from "../rules/edge/edgeLayout";
import { oldestWorker, shownConfig } from "../rules/edge/edgeProcess";
import { containerState, execIn } from "./engine";

/** What an edge's nginx reads, and when it has read it. */
export interface EdgeProcess {
  /** Its configuration as it sees it; null: nginx refuses it. */
  readonly config: string | null;
  /** What nginx has said against it. */
  readonly refusal: string;
  /** When the oldest worker has started that takes requests, by the host's clock; null: not to be seen. */
  readonly loadedAt: Date | null;
}

const CONFIG = `${EDGE_MOUNT}/conf/nginx.conf`;
const PROCESSES =
  'date +%s; cat /proc/uptime; for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; cat $p/stat; done';

/** Asks the edge's container; null: it does not run. */
export async function readEdgeProcess(engine: Docker, name: string): Promise<EdgeProcess | null> {
  if ((await containerState(engine, name)) !== "running") return null;
  const [dump, processes] = await Promise.all([
    execIn(engine, name, ["nginx", "-T", "-q", "-c", CONFIG]),
    execIn(engine, name, ["sh", "-c", PROCESSES]),
  ]);
  const isTaken = dump.exitCode === 0;
  return {
    config: isTaken ? shownConfig(dump.output, CONFIG) : null,
    refusal: isTaken ? "" : dump.output,
    loadedAt: oldestWorker(processes.output),
  };
}
