import execa from "execa";
import { BUSYBOX_IMAGE, ensureBusyboxImages, OTHER_BUSYBOX_IMAGE } from "../support/busyboxImage";
import { PulumiProject, type Settings } from "../support/pulumiProject";

jest.setTimeout(90_000);

/** A hardened container, as this project's own are, and everything about it that a test changes. */
const PROGRAM = `
const network = new docker.Network("network", { name: settings.prefix });
new docker.Container("app", {
  name: settings.prefix,
  image: settings.image || "${BUSYBOX_IMAGE}",
  command: ["/bin/busybox", "sleep", "600"],
  envs: settings.envs || ["B=2", "A=1", pulumi.secret("PASSWORD=planted-env-secret")],
  labels: settings.labels || [{ label: "team", value: "a" }],
  ports: [{ internal: 8080, ip: "127.0.0.1" }],
  networksAdvanced: [{ name: network.name, aliases: ["app"] }],
  mounts: [{ type: "tmpfs", target: "/scratch", tmpfsOptions: { sizeBytes: 1048576 } }],
  tmpfs: { "/tmp": "size=1m" },
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges"],
  ulimits: [{ name: "nofile", soft: 512, hard: 1024 }],
  readOnly: true,
  user: "65534:65534",
  init: true,
  cpus: "0.5",
  memory: settings.memory || 32,
  memorySwap: 64,
  restart: "unless-stopped",
  logDriver: "json-file",
  logOpts: { "max-size": "1m" },
  healthcheck: { tests: ["CMD", "/bin/busybox", "true"], interval: settings.interval || "1s", timeout: "2s", retries: 3 },
  stopTimeout: 5,
  destroyGraceSeconds: 1,
  wait: true,
  waitTimeout: 30,
  ...settings.extra,
}, { ignoreChanges: settings.ignoreChanges, dependsOn: [network] });
`;

describe("docker.Container", () => {
  let project: PulumiProject;

  beforeAll(async () => {
    await ensureBusyboxImages();
    project = await PulumiProject.create(PROGRAM);
    await project.upOrFail();
  });
  afterAll(() => project.dispose());

  const operation = async (settings: Settings, argv: readonly string[] = []) =>
    (await project.preview(settings, argv)).get("app")?.op;
  const inspect = async () => {
    const { stdout } = await execa("docker", ["inspect", project.prefix]);
    return (JSON.parse(stdout) as [ContainerInspect])[0];
  };

  test("is created with every limit that was asked for, and is healthy", async () => {
    const { Id, HostConfig, Config, State, NetworkSettings } = await inspect();
    expect(project.resource("app").id).toBe(Id);
    expect(State.Health.Status).toBe("healthy");
    expect(Object.keys(NetworkSettings.Networks)).toEqual([project.prefix]);
    expect(NetworkSettings.Networks[project.prefix]?.Aliases).toContain("app");
    expect(Config).toMatchObject({ User: "65534:65534", StopTimeout: 5 });
    expect(HostConfig).toMatchObject({
      CapDrop: ["ALL"],
      Init: true,
      LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
      Memory: 32 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      NanoCpus: 500_000_000,
      ReadonlyRootfs: true,
      RestartPolicy: { Name: "unless-stopped" },
      SecurityOpt: ["no-new-privileges"],
      Tmpfs: { "/tmp": "size=1m" },
      Ulimits: [{ Name: "nofile", Soft: 512, Hard: 1024 }],
    });
  });

  test("keeps its outputs in the state", () => {
    const { outputs = {} } = project.resource("app");
    expect(outputs).toMatchObject({
      name: project.prefix,
      image: BUSYBOX_IMAGE,
      networkMode: "bridge",
      restart: "unless-stopped",
      mustRun: true,
      labels: [{ label: "team", value: "a" }],
    });
    expect(outputs.ports).toMatchObject([{ internal: 8080, ip: "127.0.0.1", protocol: "tcp" }]);
    expect(outputs.networkDatas).toMatchObject([{ networkName: project.prefix }]);
  });

  test("is left alone when nothing changes, with and without a refresh", async () => {
    const before = await inspect();
    expect(await project.upOrFail()).toMatch(/3 unchanged/);
    expect(await project.upOrFail({}, ["--refresh"])).toMatch(/3 unchanged/);
    expect((await inspect()).Id).toBe(before.Id);
  });

  test("keeps a secret environment variable out of the state's plain text", () => {
    expect(project.stateText()).not.toContain("planted-env-secret");
    expect(project.stateText()).toContain("ciphertext");
  });

  test("ignores the order of its environment", async () => {
    const envs = ["A=1", "PASSWORD=planted-env-secret", "B=2"];
    expect(await operation({ envs })).toBe("same");
  });

  test("gets its new memory limit without being restarted", async () => {
    const before = await inspect();
    await project.upOrFail({ memory: 48 });
    const after = await inspect();
    expect(after.Id).toBe(before.Id);
    expect(after.HostConfig.Memory).toBe(48 * 1024 * 1024);
    await project.upOrFail();
  });

  test("is left alone by ignoreChanges of everything, whatever changes", async () => {
    const settings = {
      ignoreChanges: ["*"],
      image: OTHER_BUSYBOX_IMAGE,
      envs: ["C=3"],
      labels: [{ label: "team", value: "c" }],
      memory: 40,
    };
    const before = await inspect();
    expect(await project.upOrFail(settings)).toMatch(/3 unchanged/);
    expect(await project.upOrFail(settings, ["--refresh"])).toMatch(/3 unchanged/);
    expect((await inspect()).Id).toBe(before.Id);
    expect(await operation({})).toBe("same");
  });

  test("is replaced for a new image, stopped within its grace period", async () => {
    const before = await inspect();
    await project.upOrFail({ image: OTHER_BUSYBOX_IMAGE });
    const after = await inspect();
    expect(after.Id).not.toBe(before.Id);
    expect(after.Config.Image).toBe(OTHER_BUSYBOX_IMAGE);
    expect(project.stateText()).not.toContain("planted-env-secret");
  });

  test("refuses a property it does not know", async () => {
    const { ok, output } = await project.run(["preview"], {
      extra: { healthcheck: { tests: ["CMD", "true"], retrys: 5 } },
    });
    expect(ok).toBe(false);
    expect(output).toMatch(/retrys|Invalid or unknown key/);
  });
});

/** Name -> a change of one property, and what it has to lead to. */
const CHANGES: Readonly<Record<string, readonly [change: Settings, operation: string]>> = {
  nothing: [{}, "same"],
  orderOfEnvs: [{ envs: ["B=2", "A=1"] }, "same"],
  labelsLeftOut: [{ labels: null }, "same"],
  emptyLists: [{ hosts: [], dns: [], sysctls: {} }, "same"],
  envs: [{ envs: ["A=1"] }, "replace"],
  image: [{ image: OTHER_BUSYBOX_IMAGE }, "replace"],
  labels: [{ labels: [{ label: "team", value: "b" }] }, "replace"],
  ports: [{ ports: [{ internal: 8081 }] }, "replace"],
  cpus: [{ cpus: "0.25" }, "replace"],
  // The plugin writes `1.0` into its state for either.
  wholeCpusWrittenDifferently: [{ cpus: "1" }, "replace"],
  user: [{ user: "1:1" }, "replace"],
  command: [{ command: ["/bin/busybox", "sleep", "601"] }, "replace"],
  mounts: [{ mounts: [{ type: "tmpfs", target: "/scratch" }] }, "replace"],
  capabilities: [{ capabilities: { drops: ["ALL"] } }, "replace"],
  readOnly: [{ readOnly: true }, "replace"],
  stopTimeout: [{ stopTimeout: 6 }, "replace"],
  memory: [{ memory: 48 }, "update"],
  memoryLeftOut: [{ memory: null }, "update"],
  restart: [{ restart: "always" }, "update"],
  healthcheck: [{ healthcheck: { tests: ["CMD", "true"], interval: "9s" } }, "update"],
  destroyGraceSeconds: [{ destroyGraceSeconds: 2 }, "update"],
  waitTimeout: [{ waitTimeout: 31 }, "update"],
  tmpfs: [{ tmpfs: { "/tmp": "size=2m" } }, "update"],
};

/** One container for each change; never started, so that all of them take a second together. */
const CHANGES_PROGRAM = `
for (const [name, change] of Object.entries(settings.changes)) {
  new docker.Container(name, {
    name: settings.prefix + "-" + name,
    image: "${BUSYBOX_IMAGE}",
    command: ["/bin/busybox", "sleep", "600"],
    envs: ["A=1", "B=2"],
    labels: [{ label: "team", value: "a" }],
    healthcheck: { tests: ["CMD", "true"] },
    cpus: "1.0",
    memory: 32,
    memorySwap: 64,
    start: false,
    mustRun: false,
    ...(settings.isChanged ? change : {}),
  });
}
`;

describe("a change of docker.Container", () => {
  const changes = Object.fromEntries(Object.entries(CHANGES).map(([name, [it]]) => [name, it]));
  let project: PulumiProject;
  let operations: Map<string, string>;

  beforeAll(async () => {
    await ensureBusyboxImages();
    project = await PulumiProject.create(CHANGES_PROGRAM);
    await project.upOrFail({ changes });
    const steps = await project.preview({ changes, isChanged: true });
    operations = new Map([...steps].map(([name, { op }]) => [name, op]));
  });
  afterAll(() => project.dispose());

  test.each(Object.entries(CHANGES).map(([name, [, wanted]]) => [name, wanted]))(
    "of %s: %s",
    (name, wanted) => {
      expect(operations.get(name)).toBe(wanted);
    },
  );
});

interface ContainerInspect {
  readonly Id: string;
  readonly Config: { readonly User: string; readonly StopTimeout: number; readonly Image: string };
  readonly HostConfig: { readonly Memory: number };
  readonly State: { readonly Health: { readonly Status: string } };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly Aliases: readonly string[] }>>;
  };
}
