import type Docker from "dockerode";

/**
 * Containers are started again by the engine whenever it starts. With `unless-stopped` they would not be after the engine
 * itself was killed: what then still runs it stops, and takes for stopped by somebody (moby's `ContainerStop`).
 */
export const RESTART_POLICY = "always";

/** Stops a container, which stays so when the engine starts again. */
export async function stopForGood(container: Docker.Container, graceSeconds: number) {
  await container.update({ RestartPolicy: { Name: "no" } });
  await container.stop({ t: graceSeconds });
}

/** Starts a container that {@link stopForGood} or somebody else has stopped. */
export async function startAgain(container: Docker.Container): Promise<void> {
  await container.update({ RestartPolicy: { Name: RESTART_POLICY } });
  await container.start();
}
