import { readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import path from "node:path";
import type { ContainerInspectInfo } from "dockerode";
import { connectEngine, execIn } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { packageRoot } from "../../config/project";
import { builtImages, TestStack } from "../support/testStack";
import { lookInside, type InsideView } from "./insideView";

jest.setTimeout(180_000);

const stack = new TestStack("itest-hardening");
const engine = connectEngine();
const SERVICE = "quality-fabric";
const LOOSE = `${stack.prefix}-loose`;
const PIDS = 64;
const MEGABYTE = 1024 * 1024;

let image: string;

beforeAll(async () => {
  await stack.create({});
  const { release } = builtImages();
  const resources = { memoryMegabytes: 128, pids: PIDS };
  const servicesFile = stack.writeServices({ [SERVICE]: { secrets: ["SECRET_KEY"], resources } });
  stack.configure({ release: { [SERVICE]: release[SERVICE]! }, servicesFile });
  const set = await stack.secrets(["set", "--service", SERVICE, "SECRET_KEY"], "none-of-it");
  if (set.exitCode !== 0) throw new Error(set.output);
  const up = await stack.up("--policy-pack", path.join(packageRoot(), "policy"));
  if (up.exitCode !== 0) throw new Error(up.output);
  image = (await engine.getContainer(nameOf("blue")).inspect()).Config.Image;
});

afterAll(() => stack.remove());

function nameOf(color: string): string {
  return `${stack.prefix}-${color}-${SERVICE}-0`;
}

/** What must never be given; not every machine would even start a container with all of it. */
const LOOSE_HOST = {
  Privileged: true,
  NetworkMode: "host",
  Binds: ["/var/run/docker.sock:/var/run/docker.sock"],
};
/** As Docker runs it when nobody says otherwise, and one thing more. */
const USUAL_HOST = { Binds: LOOSE_HOST.Binds, SecurityOpt: ["seccomp=unconfined"] };

function makeLoose(HostConfig: object) {
  return engine.createContainer({
    name: LOOSE,
    Image: image,
    Cmd: ["sleep", "60"],
    User: "0",
    Labels: { [LABELS.stack]: stack.prefix },
    HostConfig,
  });
}

/** What an inspection of a container finds that must not be. */
function findings({ HostConfig, Config, Mounts }: ContainerInspectInfo): string[] {
  // The types leave these open.
  const { CapDrop, CapAdd, SecurityOpt, LogConfig } = HostConfig as {
    readonly CapDrop?: readonly string[] | null;
    readonly CapAdd?: readonly string[] | null;
    readonly SecurityOpt?: readonly string[] | null;
    readonly LogConfig?: { readonly Config?: Readonly<Record<string, string>> };
  };
  const checks: Record<string, boolean> = {
    privileged: HostConfig.Privileged === true,
    "host namespace": [HostConfig.NetworkMode, HostConfig.PidMode, HostConfig.IpcMode].includes(
      "host",
    ),
    "engine's socket": Mounts.some(({ Source }) => Source?.endsWith(".sock")),
    "writable root": HostConfig.ReadonlyRootfs !== true,
    capabilities: !CapDrop?.includes("ALL") || Boolean(CapAdd),
    "new privileges": !SecurityOpt?.includes("no-new-privileges:true"),
    "unlimited memory": !HostConfig.Memory || HostConfig.MemorySwap !== HostConfig.Memory,
    "unlimited logs": LogConfig?.Config?.["max-size"] === undefined,
    root: /^(?:0|root)?(?::|$)/.test(Config.User),
    "writable host directory": Mounts.some(({ Type, RW }) => Type === "bind" && RW),
  };
  return Object.keys(checks).filter((name) => checks[name]);
}

describe("every container of a stack", () => {
  it("is inspected as hardened, the edge too", async () => {
    const names = [...(await stack.containers()).keys()];
    expect(names).toEqual([nameOf("blue"), `${stack.prefix}-edge`]);
    for (const name of names) {
      expect({ name, found: findings(await engine.getContainer(name).inspect()) }).toEqual({
        name,
        found: [],
      });
    }
  });

  it("publishes nothing but the edge's two ports, on loopback", async () => {
    const service = await engine.getContainer(nameOf("blue")).inspect();
    expect(Object.keys((service.HostConfig.PortBindings as object | null) ?? {})).toEqual([]);
    const edge = await engine.getContainer(`${stack.prefix}-edge`).inspect();
    const bindings = Object.values(edge.HostConfig.PortBindings as Record<string, unknown[]>);
    expect(bindings.flat()).toMatchObject([{ HostIp: "127.0.0.1" }, { HostIp: "127.0.0.1" }]);
    const preview = Number(new URL(stack.previewUrl).port);
    expect(await connects("127.0.0.1", preview)).toBe(true);
    for (const address of outerAddresses()) expect(await connects(address, preview)).toBe(false);
  });
});

describe("a service's process", () => {
  let inside: InsideView;

  beforeAll(async () => {
    inside = await lookInside(engine, nameOf("blue"));
  });

  it("is not root, has no capability, cannot gain one, and is filtered by seccomp", () => {
    expect(inside).toMatchObject({
      uid: 10001,
      groups: [10001],
      effectiveCapabilities: 0n,
      boundingCapabilities: 0n,
      noNewPrivileges: true,
      seccompFiltered: true,
    });
  });

  it("writes only into its scratch directory, and runs nothing from there", () => {
    expect(inside).toMatchObject({
      writable: ["/tmp", "/dev/shm"],
      engineSocket: false,
      runsFromScratch: false,
    });
  });

  it("has the limits that its service declares", () => {
    expect(inside).toMatchObject({ pidsLimit: PIDS, memoryLimit: 128 * MEGABYTE });
  });

  it("reads its own secrets, which no other user could", () => {
    expect(inside.secrets).toEqual([
      "500 10001:10001 /run/secrets",
      "400 10001:10001 /run/secrets/SECRET_KEY",
    ]);
  });

  it("cannot start more processes than its limit", async () => {
    const script = `for i in $(seq ${PIDS * 2}); do sleep 5 & done; wait`;
    const { output } = await execIn(engine, nameOf("blue"), ["sh", "-c", script]);
    expect(output).toMatch(/fork|Resource temporarily unavailable/i);
    const answer = await fetch(`${stack.url}/${SERVICE}/health`);
    expect(answer.status).toBe(200);
  });
});

describe("the same looks at a loose container", () => {
  afterEach(() => engine.getContainer(LOOSE).remove({ force: true, v: true }));

  it("find everything that the inspection looks for", async () => {
    await makeLoose(LOOSE_HOST);
    expect(findings(await engine.getContainer(LOOSE).inspect())).toEqual([
      "privileged",
      "host namespace",
      "engine's socket",
      "writable root",
      "capabilities",
      "new privileges",
      "unlimited memory",
      "unlimited logs",
      "root",
      "writable host directory",
    ]);
  });

  it("see root, its capabilities and its writable files from inside", async () => {
    await (await makeLoose(USUAL_HOST)).start();
    const inside = await lookInside(engine, LOOSE);
    expect(inside).toMatchObject({
      uid: 0,
      noNewPrivileges: false,
      seccompFiltered: false,
      engineSocket: true,
      runsFromScratch: true,
    });
    expect(inside.effectiveCapabilities).not.toBe(0n);
    expect(inside.writable).toContain("/");
    expect(inside.pidsLimit).not.toBe(PIDS);
  });
});

describe("the files that decide where traffic goes", () => {
  it("belong to the deployer, and nobody else may write them or in their directories", () => {
    const edge = path.join(stack.directory, "edge");
    const files = readdirSync(edge, { recursive: true, withFileTypes: true });
    expect(files.length).toBeGreaterThan(3);
    for (const entry of files) {
      const { mode, uid } = statSync(path.join(entry.parentPath, entry.name));
      expect({ name: entry.name, uid, writable: mode & 0o022 }).toEqual({
        name: entry.name,
        uid: process.getuid?.(),
        writable: 0,
      });
    }
  });
});

function outerAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? [])
      .filter(({ internal, family }) => !internal && family === "IPv4")
      .map(({ address }) => address),
  );
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
