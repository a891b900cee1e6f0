import execa from "execa";
import { connectEngine, execIn } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { otherColor } from "../../release/release";
import { foreignRepository, pushForeignImage } from "../support/foreignImages";
import { flaskService } from "../support/foreignServices";
import { succeed, TestStack } from "../support/testStack";
import { VolumeWatch } from "../support/volumeWatch";

jest.setTimeout(300_000);

const stack = new TestStack("itest-volumes");
const watch = new VolumeWatch(stack.prefix);
const engine = connectEngine();
const REPOSITORY = "localhost:5000/maestro-itest/volumes";
const BYSTANDER = "itest-volumes-bystander";
const COMMITTED = "maestro-itest/committed";
/** Writes into the volume, and fails when the image's own variable decides what only an update may say. */
const MIGRATION = [
  "import os",
  "open('/data/migrated', 'w').write('x' * 1000000)",
  "assert 'MIGRATION_RESUMES' not in os.environ",
  "assert os.environ['MAESTRO_SERVICE'] == 'web'",
].join("\n");

let digest = "";

/** Flask, as an image that says in every field what maestro says too. */
async function pushDeclaring(): Promise<string> {
  const foreign = `${foreignRepository("python")}@${await pushForeignImage("python")}`;
  const dockerfile = [
    `FROM ${foreign}`,
    "USER root",
    "RUN mkdir -p /data && dd if=/dev/zero of=/data/seed bs=1M count=4 && chown -R 10001 /data",
    'VOLUME ["/data", "/srv/upload/"]',
    "WORKDIR /data/not/there",
    "ENV MAESTRO_SERVICE=liar MIGRATION_RESUMES=1 PYTHONPATH=/app",
    `LABEL ${LABELS.stack}=${stack.prefix} ${LABELS.color}=blue ${LABELS.service}=web ${LABELS.replica}=0`,
    "HEALTHCHECK --interval=1s CMD false",
    "STOPSIGNAL SIGINT",
    "EXPOSE 1",
  ];
  const tag = `${REPOSITORY}:itest`;
  await execa("docker", ["build", "--quiet", "--tag", tag, "-"], {
    input: dockerfile.join("\n"),
    env: { DOCKER_BUILDKIT: "0" },
  });
  const { stdout } = await execa("docker", ["push", tag]);
  return /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1] ?? "no digest";
}

/** The same image with other settings: another release. */
async function release(settings: object): Promise<string> {
  const migration = { command: ["python3", "-c", MIGRATION] };
  const web = flaskService({ migration, ...settings, repository: REPOSITORY });
  stack.configure({ release: { web: digest }, servicesFile: stack.writeServices({ web }) });
  return succeed(stack.up());
}

async function active() {
  const color = (await stack.host.edge.readActiveColor())!;
  const name = `${stack.prefix}-${color}-web-0`;
  return { color, name, facts: await engine.getContainer(name).inspect() };
}

beforeAll(async () => {
  digest = await pushDeclaring();
  await stack.create({});
  await watch.begin();
});

afterAll(async () => {
  watch.end();
  await execa("docker", ["rm", "--force", "--volumes", BYSTANDER], { reject: false });
  await stack.remove();
});

describe("an image that declares volumes", () => {
  it("gets them in memory, limited and not executable, and none on disk, in its migration too", async () => {
    const output = await release({});
    expect(output).toContain(
      "web: its image declares volumes at /data, /srv/upload: scratch space",
    );
    const { name, facts } = await active();
    expect(facts.Mounts.filter(({ Type }) => Type === "volume")).toEqual([]);
    const inside = async (script: string) => execIn(engine, name, ["sh", "-c", script]);
    const mounts = (await inside("grep -E ' (/data|/srv/upload) ' /proc/mounts")).output;
    expect(mounts.split("\n")).toEqual([
      expect.stringMatching(
        /^tmpfs \/(data|srv\/upload) tmpfs rw,nosuid,nodev,noexec.*size=65536k/,
      ),
      expect.stringMatching(
        /^tmpfs \/(data|srv\/upload) tmpfs rw,nosuid,nodev,noexec.*size=65536k/,
      ),
    ]);
    expect(await inside("cp /bin/true /data/run && /data/run")).toMatchObject({ exitCode: 126 });
    expect(watch.ever()).toEqual([]);
  });

  it("does not decide what the container is called, how it is probed or what it is told", async () => {
    const { color, name, facts } = await active();
    expect(facts.Config.Labels[LABELS.color]).toBe(color);
    expect(facts.Config.Env).toContain("MAESTRO_SERVICE=web");
    expect(facts.State.Health).toBeUndefined();
    expect((await stack.operation("status")).output).toContain(name);
  });

  it("gets them on disk where services.yaml says so, and they go with their containers", async () => {
    await release({ imageVolumes: "disk" });
    const { name, facts } = await active();
    expect(facts.Mounts.filter(({ Type }) => Type === "volume")).toHaveLength(2);
    expect((await execIn(engine, name, ["ls", "/data/seed"])).exitCode).toBe(0);
    // The next two releases replace the first set, then this one.
    await release({ env: { RELEASE: "3" } });
    const kept = await watch.left();
    expect(kept).toHaveLength(2);
    await release({ env: { RELEASE: "4" } });
    expect(await watch.left()).toEqual([]);
  });

  it("leaves no volume behind where a set is cleared, and no stranger is taken for one of the set", async () => {
    await release({ imageVolumes: "disk" });
    const { color, name } = await active();
    await execa("docker", ["commit", name, COMMITTED]);
    await execa("docker", ["run", "--detach", "--name", BYSTANDER, COMMITTED, "sleep", "600"]);
    await release({ env: { RELEASE: "5" } });
    expect(await watch.left()).toHaveLength(2);
    // As after an update that was killed: nobody knows what the set holds.
    await stack.host.records.disprove(color);
    expect((await active()).color).toBe(otherColor(color));
    await release({ env: { RELEASE: "6" } });
    expect(await watch.left()).toEqual([]);
    expect((await engine.getContainer(BYSTANDER).inspect()).State.Running).toBe(true);
  });

  it("leaves nothing on the host after a destroy, and strangers alone", async () => {
    await release({ imageVolumes: "disk" });
    expect(await watch.left()).toHaveLength(2);
    await stack.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack.name]);
    await succeed(stack.destroy());
    expect(await watch.left()).toEqual([]);
    expect((await engine.getContainer(BYSTANDER).inspect()).State.Running).toBe(true);
  });
});
