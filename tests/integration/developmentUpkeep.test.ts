import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { ensureRegistry, removeRegistry } from "../../toolchain/setup/registry";
import { BUSYBOX_IMAGE, ensureBusyboxImages } from "../support/busyboxImage";
import { succeed } from "../support/testStack";
import {
  build,
  configure,
  digestOf,
  doctor,
  kinds,
  MODULE,
  other,
  OTHER_PLACE,
  present,
  prune,
  REGISTRY,
  release,
  removeImages,
  REPOSITORY,
  shop,
  STRAY,
  TURN,
  until,
  type Shown,
} from "../support/upkeepStacks";

jest.setTimeout(300_000);

beforeAll(async () => {
  await ensureBusyboxImages();
  await removeRegistry(REGISTRY.name);
  await removeImages();
  await ensureRegistry(REGISTRY);
  await Promise.all(["v1", "v2", "v3", "v4", "old", "built"].map(build));
  // Somebody else's, in the same repository and under a name of their own.
  await docker(["tag", `${REPOSITORY}:old`, "localhost:18307/theirs/web:1"]);
  await Promise.all([shop, other].map((stack) => stack.create({})));
  configure(other, "v4", OTHER_PLACE);
  const beside = succeed(other.up());
  for (const version of ["v1", "v2", "v3"]) await release(version);
  await beside;
});

afterAll(async () => {
  for (const stack of [shop, other]) await stack.remove();
  rmSync(other.project.root, { recursive: true, force: true });
  rmSync(MODULE, { force: true });
  await tryDocker(["rm", "--force", STRAY]);
  await removeRegistry(REGISTRY.name);
  await removeImages();
});

it("what no stack refers to is shown with its bytes, and stays without a yes", async () => {
  const before = await present();
  const shown = await prune("--keep", "3");
  expect(shown.notes).toEqual([]);
  expect(shown.removed).toBeUndefined();
  // The one with another name is no image of this project alone on the host, and is nobody's in the registry.
  expect(shown.host?.images).toEqual([{ name: `${REPOSITORY}:built`, digest: digestOf("built") }]);
  expect(shown.registry?.images).toHaveLength(2);
  // All layers are shared with what stays.
  expect(shown.host?.bytes).toBeLessThan(1_000_000);
  expect(await present()).toEqual(before);
});

it("what is too young, or has a container, stays", async () => {
  const output = await succeed(shop.operation("prune", "--yes"));
  expect(output).toContain("host: 0 images may go");
  expect((await present()).host).toEqual(["built", "old", "v1", "v2", "v3", "v4"]);
});

it("a rollback to the oldest release that is kept works after what is older has gone", async () => {
  await prune("--keep", "3", "--yes");
  expect(await present()).toEqual({
    host: ["old", "v1", "v2", "v3", "v4"],
    registry: ["v1", "v2", "v3", "v4"],
  });
  const { history } = await shop.outputs();
  await succeed(shop.operation("rollback", "--to", history.at(-1)!.release));
  // v1 serves, v3 is warm; the other project's v4 is its own.
  await prune("--keep", "1", "--yes");
  expect(await present()).toEqual({
    host: ["old", "v1", "v3", "v4"],
    registry: ["v1", "v3", "v4"],
  });
  expect((await fetch(`${shop.url}/edge/release`)).status).toBe(200);
});

it("an image that a release under way has just pulled stays", async () => {
  await build("next");
  await docker(["image", "rm", `${REPOSITORY}:next`]);
  configure(other, "next", OTHER_PLACE);
  let pruned: Promise<Shown> | null = null;
  const result = await other.upDisturbedAt(/pulled localhost/, () => {
    pruned = prune("--keep", "1", "--yes");
  });
  const { notes } = await pruned!;
  expect([result.exitCode, notes]).toEqual([0, []]);
  expect((await present()).host).toContain("next");
});

it("a prune that is killed loses nothing, and holds up no release for long", async () => {
  await Promise.all(["fresh", "k1", "k2", "k3"].map(build));
  configure(shop, "fresh");
  const killed = execa(
    "node",
    ["bin/maestro.js", "prune", "--stack", shop.name, "--minimum-age", "0s", "--yes"],
    { cwd: shop.project.root, env: shop.environment, reject: false },
  );
  while (!(await tryDocker(["volume", "inspect", TURN])).ok && killed.exitCode === null);
  killed.kill("SIGKILL");
  await killed;
  await succeed(shop.up());
  await prune("--keep", "1", "--yes");
  expect(await present()).toEqual({
    host: ["fresh", "next", "old", "v1", "v4"],
    registry: ["fresh", "next", "v1", "v4"],
  });
  expect((await tryDocker(["volume", "inspect", TURN])).ok).toBe(false);
});

it("a release that is told to prunes behind itself, and is done before", async () => {
  await Promise.all(["behind", "last"].map(build));
  configure(shop, "last", { prune: { after: "release", keep: 1, minimumAge: "0s" } });
  await succeed(shop.up());
  await until(async () => !(await present()).registry.includes("behind"));
  const { registry } = await present();
  expect(registry).toEqual(expect.arrayContaining(["fresh", "last", "next", "v4"]));
});

it("what cannot be pruned after a release is on record, and fails nothing", async () => {
  // A stack that has left a container, and no records.
  await docker(["create", "--name", STRAY, "--label=maestro.stack=gone-demo", BUSYBOX_IMAGE, "x"]);
  configure(shop, "fresh", { prune: { after: "release", keep: 1, minimumAge: "0s" } });
  await succeed(shop.up());
  await until(async () => (await kinds()).includes("not pruned"));
  const [event] = (await shop.host.records.events.list()).filter((it) => it.kind === "not pruned");
  expect(event?.reason).toContain(`container ${STRAY} is of stack gone-demo`);
  await docker(["rm", STRAY]);
});

describe("doctor", () => {
  it("finds nothing to mend of a stack that is well, in less than its deadlines", async () => {
    const { exitCode, findings } = await doctor();
    const others = findings.filter(({ condition }) => condition !== "good");
    // The engine is the machine's own, and has what others have left.
    expect(others.filter(({ name }) => name !== "dangling")).toEqual([]);
    expect(exitCode).toBe(0);
    const names = [...new Set(findings.map(({ name }) => name))];
    expect(names).toEqual([
      ...["tools", "plugins", "lock", "updates", "host", "engine", "clock", "disk"],
      ...["addresses", "registry", "edge", "nginx", "dangling"],
    ]);
  });

  it("names several harms at once, mends those that it safely can, and then finds the others", async () => {
    await build("killed");
    configure(shop, "killed");
    await shop.upKilledAt(/set taken for release/);
    await docker(["stop", "--time", "2", `${shop.prefix}-edge`, REGISTRY.name]);
    writeFileSync(MODULE, "exports.ask = () => 'the tunnel is down; run wg-quick up office';\n");
    configure(shop, "killed", {
      edge: {
        publicHost: "nowhere.invalid",
        tls: {
          listen: "127.0.0.1:18306",
          certificateFile: "/nowhere/c.pem",
          keyFile: "/nowhere/k.pem",
        },
      },
      doctor: { checks: [{ module: path.relative(packageRoot(), MODULE) }] },
    });
    const harmed = await doctor();
    expect(harmed.exitCode).toBe(1);
    const bad = harmed.findings.filter(({ condition }) => condition === "bad");
    expect(new Set(bad.map(({ name }) => name))).toEqual(
      new Set([
        "lock",
        "updates",
        "registry",
        "edge",
        "certificate",
        path.relative(packageRoot(), MODULE),
      ]),
    );
    const found = (name: string) => harmed.findings.find((it) => it.name === name);
    expect(found("dns")?.condition).toBe("warning");
    expect(found("dns")?.says).toContain("nowhere.invalid");
    expect(bad.at(-1)).toMatchObject({
      says: "the tunnel is down",
      mend: "run wg-quick up office",
    });
    for (const finding of bad)
      expect([finding.name, finding.mend]).toEqual([finding.name, expect.any(String)]);
    const mended = await doctor("--fix");
    expect(mended.exitCode).toBe(1);
    const left = mended.findings.filter(({ condition }) => condition === "bad");
    expect(new Set(left.map(({ name }) => name))).toEqual(
      new Set(["certificate", path.relative(packageRoot(), MODULE)]),
    );
    expect((await fetch(`${shop.url}/edge/release`)).status).toBe(200);
    configure(shop, "killed");
    await succeed(shop.up());
    expect((await doctor()).exitCode).toBe(0);
  });
});

it("a registry that lets no image be removed keeps all, and is named with what to do", async () => {
  await build("kept");
  await docker(["rm", "--force", REGISTRY.name]);
  const { output: image } = await tryDocker([
    "inspect",
    "--format",
    "{{.Config.Image}}",
    "maestro-registry",
  ]);
  await docker([
    ...["run", "--detach", `--name=${REGISTRY.name}`, "--publish=127.0.0.1:18307:5000"],
    ...[
      `--volume=${REGISTRY.name}:/var/lib/registry`,
      "--env=REGISTRY_STORAGE_DELETE_ENABLED=false",
    ],
    image.trim(),
  ]);
  const result = await shop.operation("prune", "--minimum-age", "0s", "--yes");
  expect(result.exitCode).toBe(1);
  expect(result.output).toContain(
    `registry ${REGISTRY.address}: it does not let images be deleted (405); allow it there`,
  );
  expect((await present()).registry).toContain("kept");
});
