import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { BUSYBOX_IMAGE, ensureBusyboxImages } from "../support/busyboxImage";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(90_000);

const PORT = 28_431;

const PROGRAM = `
if (settings.containers !== 0) {
  for (const name of settings.containers || ["app"]) {
    new docker.Container(name, {
      name: settings.prefix + "-" + name,
      image: "${BUSYBOX_IMAGE}",
      command: ["/bin/busybox", "sleep", "600"],
      entrypoints: settings.entrypoints,
      destroyGraceSeconds: 1,
      memory: settings.memory,
      memorySwap: settings.memory,
      ...settings.extra,
    });
  }
}
`;

/** What a failure or a hand on the engine leaves in the state, and what the next update makes of it. */
describe("docker.Container, when something goes wrong", () => {
  let project: PulumiProject;

  beforeAll(() => ensureBusyboxImages());
  beforeEach(async () => {
    project = await PulumiProject.create(PROGRAM);
  });
  afterEach(() => project.dispose());

  const dockerRun = (name: string, ...argv: string[]) =>
    execa("docker", [
      ...["run", "--detach", "--name", `${project.prefix}-${name}`, ...argv],
      ...[BUSYBOX_IMAGE, "/bin/busybox", "sleep", "600"],
    ]);
  const state = async (name: string) => {
    const format = ["--format", "{{.State.Status}}"];
    const name_ = `${project.prefix}-${name}`;
    return (await execa("docker", ["inspect", ...format, name_], { reject: false })).stdout;
  };

  test("keeps a container that could not start in the state, and replaces it next time", async () => {
    await dockerRun("squatter", "--publish", `127.0.0.1:${PORT}:80`);
    const ports = [{ internal: 80, external: PORT, ip: "127.0.0.1" }];
    const failed = await project.up({ extra: { ports } });
    expect(failed.ok).toBe(false);
    expect(failed.output).toMatch(/port is already allocated/);
    const { id, initErrors } = project.resource("app");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(initErrors?.join()).toMatch(/port is already allocated/);
    expect(await state("app")).toBe("created");

    await execa("docker", ["rm", "--force", "--volumes", `${project.prefix}-squatter`]);
    await project.upOrFail({ extra: { ports } });
    expect(project.resource("app").id).not.toBe(id);
    expect(project.resource("app").initErrors ?? []).toEqual([]);
    expect(await state("app")).toBe("running");
  });

  test("fails for a name that is taken, and does not touch the container that has it", async () => {
    await dockerRun("app");
    const { ok, output } = await project.up();
    expect(ok).toBe(false);
    expect(output).toMatch(/Conflict. The container name .* is already in use/);
    expect(project.resources().map(({ type }) => type)).not.toContain(
      "docker:index/container:Container",
    );
    expect(await state("app")).toBe("running");
  });

  test("fails for an image that is nowhere", async () => {
    const { ok, output } = await project.up({ extra: { image: "localhost:1/nothing:here" } });
    expect(ok).toBe(false);
    expect(output).toMatch(/nable to pull image|unable to find or pull image/);
  });

  test("fails when the container does not become healthy, and lets the next update pass", async () => {
    const extra = {
      healthcheck: { tests: ["CMD", "/bin/busybox", "false"], interval: "200ms", retries: 1 },
      entrypoints: ["/bin/busybox"],
      command: ["sleep", "600"],
      wait: true,
      waitTimeout: 2,
    };
    const failed = await project.up({ extra });
    expect(failed.ok).toBe(false);
    expect(failed.output).toMatch(/container failed to be in healthy state/);
    expect(project.resource("app").initErrors).toHaveLength(1);
    expect(await state("app")).toBe("running");

    // The trap of the official plugin that the release's own health gate exists for.
    const { id } = project.resource("app");
    await project.upOrFail({ extra });
    expect(project.resource("app")).toMatchObject({ id });
    expect(project.resource("app").initErrors ?? []).toEqual([]);
  });

  test("keeps a container in the state when the update is canceled while it waits for its health", async () => {
    const extra = {
      healthcheck: { tests: ["CMD", "/bin/busybox", "false"], interval: "1s", retries: 1 },
      wait: true,
      // The official plugin does not hear of the cancel and waits to the end.
      waitTimeout: 8,
    };
    const update = project.start(["up", "--yes", "--skip-preview"], { extra });
    while ((await state("app")) !== "running") {
      await sleep(100);
    }
    const began = Date.now();
    update.kill("SIGINT");
    expect((await update).exitCode).not.toBe(0);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(project.resource("app").initErrors).toHaveLength(1);
  });

  test("fails at once when it is to wait for a health check it does not have", async () => {
    const { ok, output } = await project.up({ extra: { wait: true } });
    expect(ok).toBe(false);
    expect(output).toMatch(/does not have a healthcheck defined/);
  });

  test("does not miss a container that is already gone when it is to be deleted", async () => {
    await project.upOrFail();
    await execa("docker", ["rm", "--force", "--volumes", `${project.prefix}-app`]);
    await project.upOrFail({ containers: 0 });
    expect(project.resources().filter(({ type }) => type.includes("container"))).toEqual([]);
  });

  test("sees a removed container only with a refresh, and creates it again", async () => {
    await project.upOrFail();
    const { id } = project.resource("app");
    await execa("docker", ["rm", "--force", "--volumes", `${project.prefix}-app`]);
    expect(await project.upOrFail()).toMatch(/2 unchanged/);
    const failed = await project.up({ memory: 32 });
    expect(failed.ok).toBe(false);
    expect(failed.output).toMatch(/No such container/);
    await project.upOrFail({}, ["--refresh"]);
    expect(project.resource("app").id).not.toBe(id);
    expect(await state("app")).toBe("running");
  });

  test("starts a stopped container again after a refresh, in place", async () => {
    await project.upOrFail();
    const { id } = project.resource("app");
    await execa("docker", ["stop", "--time", "0", `${project.prefix}-app`]);
    expect(await project.upOrFail()).toMatch(/2 unchanged/);
    expect((await project.refresh()).ok).toBe(true);
    expect(project.resource("app").outputs?.mustRun).toBe(false);
    await project.upOrFail();
    expect(project.resource("app").id).toBe(id);
    expect(await state("app")).toBe("running");
  });

  test("does not mind a container that ends at once", async () => {
    const extra = { command: ["/bin/busybox", "true"] };
    await project.upOrFail({ extra });
    expect(await state("app")).toBe("exited");
  });
});
