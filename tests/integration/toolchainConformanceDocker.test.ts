import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { BUSYBOX_IMAGE, ensureBusyboxImages } from "../support/busyboxImage";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(90_000);

const PROGRAM = `
const label = settings.label ? [{ label: "team", value: settings.label }] : undefined;
new docker.Network("network", {
  name: settings.prefix,
  driver: settings.driver,
  labels: label,
  ipamConfigs: [{ subnet: "172.30.244.0/24" }],
}, { import: settings.network });
new docker.Network("named-by-pulumi", { internal: true });
new docker.Volume("volume", { name: settings.prefix, labels: label }, { import: settings.volume });
`;

describe("docker.Network and Volume", () => {
  let project: PulumiProject;

  beforeAll(async () => {
    project = await PulumiProject.create(PROGRAM);
    await project.upOrFail();
  });
  afterAll(() => project.dispose());

  const dockerJson = async (...argv: string[]) =>
    (JSON.parse((await execa("docker", argv)).stdout) as [Record<string, unknown>])[0];

  test("are created with the outputs of the official plugin", async () => {
    const network = await dockerJson("network", "inspect", project.prefix);
    expect(project.resource("network")).toMatchObject({
      id: network.Id,
      outputs: {
        driver: "bridge",
        name: project.prefix,
        scope: "local",
        internal: false,
        ipamConfigs: [{ subnet: "172.30.244.0/24" }],
      },
    });
    expect(project.resource("volume")).toMatchObject({
      id: project.prefix,
      outputs: { driver: "local", mountpoint: expect.stringContaining(project.prefix) as string },
    });
  });

  test("get a name of seven random digits where they have none", () => {
    expect(project.resource("named-by-pulumi").outputs?.name).toMatch(
      /^named-by-pulumi-[0-9a-f]{7}$/,
    );
  });

  test("are left alone when nothing changes, with and without a refresh", async () => {
    expect(await project.upOrFail({ driver: "bridge" })).toMatch(/4 unchanged/);
    expect(await project.upOrFail({}, ["--refresh"])).toMatch(/4 unchanged/);
  });

  test("are replaced for a label", async () => {
    const steps = await project.preview({ label: "b" });
    expect(steps.get("network")?.op).toBe("replace");
    expect(steps.get("volume")?.op).toBe("replace");
  });

  test("creates again, after a refresh, what was removed by hand", async () => {
    const { id } = project.resource("network");
    await execa("docker", ["network", "rm", project.prefix]);
    await execa("docker", ["volume", "rm", project.prefix]);
    await project.upOrFail({}, ["--refresh"]);
    expect(project.resource("network").id).not.toBe(id);
    await dockerJson("volume", "inspect", project.prefix);
  });

  test("can be imported", async () => {
    const { Id } = await dockerJson("network", "inspect", project.prefix);
    const urns = ["network", "volume"].map((name) => project.resource(name).urn);
    for (const urn of urns) {
      const removed = await project.run(["state", "delete", urn, "--yes"]);
      expect(removed.output).toMatch(/deleted/i);
    }
    const output = await project.upOrFail({ network: Id, volume: project.prefix });
    expect(output).toMatch(/2 imported/);
    expect(project.resource("network").id).toBe(Id);
  });

  test("do not miss what is already gone when they are deleted", async () => {
    await execa("docker", ["network", "rm", project.prefix]);
    await execa("docker", ["volume", "rm", project.prefix]);
    expect((await project.destroy()).ok).toBe(true);
    expect(project.resources()).toEqual([]);
  });
});

describe("docker.Container.get", () => {
  const program = `
const found = docker.Container.get("found", settings.id);
exports.name = found.name;
exports.image = found.image;
`;
  let project: PulumiProject;

  beforeAll(async () => {
    await ensureBusyboxImages();
    project = await PulumiProject.create(program);
  });
  afterAll(() => project.dispose());

  test("reads a container that something else has made", async () => {
    const name = `${project.prefix}-other`;
    const created = await execa("docker", ["create", "--name", name, BUSYBOX_IMAGE, "true"]);
    await project.upOrFail({ id: created.stdout });
    expect(project.resource("found").outputs).toMatchObject({ name, image: BUSYBOX_IMAGE });
  });

  test("fails for one that is not there", async () => {
    const { ok, output } = await project.run(["preview"], { id: "f".repeat(64) });
    expect(ok).toBe(false);
    expect(output).toMatch(/does not exist|not found/);
  });
});

describe("an engine over ssh", () => {
  const program = `
const provider = new docker.Provider("remote", { host: "ssh://deploy@build-host:2222", sshOpts: ["-o", "LogLevel=ERROR"] });
new docker.Container("app", {
  name: settings.prefix,
  image: "${BUSYBOX_IMAGE}",
  command: ["/bin/busybox", "sleep", "600"],
  destroyGraceSeconds: 1,
}, { provider });
`;
  /** Answers as a host would, whose shell gets all words of the command as one line, and notes how it was called. */
  const ssh = `#!/bin/sh
echo "$@" >> "$(dirname "$0")/calls"
while [ "$1" != "build-host" ]; do shift; done
shift
exec sh -c "$*"
`;
  let project: PulumiProject;

  beforeAll(async () => {
    await ensureBusyboxImages();
    project = await PulumiProject.create(program);
    mkdirSync(path.join(project.directory, "bin"));
    project.write("bin/ssh", ssh);
    chmodSync(path.join(project.directory, "bin/ssh"), 0o755);
    process.env.PATH = `${project.directory}/bin:${process.env.PATH}`;
  });
  afterAll(() => project.dispose());

  test("is reached through the user's own ssh", async () => {
    await project.upOrFail();
    const { stdout } = await execa("docker", ["inspect", "--format", "{{.Id}}", project.prefix]);
    expect(project.resource("app").id).toBe(stdout);
    const { stdout: calls } = await execa("cat", [path.join(project.directory, "bin/calls")]);
    expect(calls).toMatch(/-l deploy/);
    expect(calls).toMatch(/-p 2222/);
    expect(calls).toMatch(/build-host docker system dial-stdio/);
    expect((await project.destroy()).ok).toBe(true);
  });
});
