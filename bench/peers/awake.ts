import { connectEngine } from "../../host/engine";

/** Something whose containers can be told by a label: `com.docker.compose.project=shop`. */
export interface Labelled {
  readonly label: string;
}

/** Stops all processes of a tool's containers where they are, and Docker's health checks of them, which cost a core. */
export async function putToSleep(tool: Labelled): Promise<void> {
  await change(tool, "running", "pause");
}

/** Runs `action` with a tool's containers awake. If they slept before, they do afterwards, while others are measured. */
export async function awake<T>(tool: Labelled, action: () => Promise<T>): Promise<T> {
  const slept = (await change(tool, "paused", "unpause")) > 0;
  try {
    return await action();
  } finally {
    if (slept) await putToSleep(tool);
  }
}

/** @returns how many containers were changed. */
async function change(
  { label }: Labelled,
  status: "running" | "paused",
  action: "pause" | "unpause",
): Promise<number> {
  const engine = connectEngine();
  const found = await engine.listContainers({ filters: { label: [label], status: [status] } });
  await Promise.all(
    found.map(async ({ Id }) => {
      try {
        await engine.getContainer(Id)[action]();
      } catch (error) {
        // Swarm ends its old tasks after its command is done: this one has ended meanwhile.
        if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
      }
    }),
  );
  return found.length;
}
