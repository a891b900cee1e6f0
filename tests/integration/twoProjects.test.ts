import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { lookForRegistry } from "../../registry/probe";
import { switchTraffic } from "../../steps/switchTraffic";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { leaveRegistries, removeRegistry } from "../../toolchain/setup/registry";
import { copyProject } from "../support/projectCopy";
import { deriveRelease } from "../support/derivedImages";
import { openJointly, servedJointly } from "../support/jointStacks";
import { hearSteps, switchInput } from "../support/steps";
import { heldSet } from "../support/targetConformance";
import { builtImages, succeed, TestStack } from "../support/testStack";

jest.setTimeout(120_000);

const DIRECTORY = mkdtempSync(path.join(tmpdir(), "maestro-two-"));
const REGISTRIES = { acme: "localhost:18354", bolt: "localhost:18355" };
/** A move of which nobody has said that it stays. */
const TRY = { color: "green", settled: false } as const;
type Name = keyof typeof REGISTRIES;

/** A project with one service, its images in a local registry at `address`. */
function writeProject(name: Name, address: string): void {
  const root = path.join(DIRECTORY, name);
  const files = {
    "Pulumi.yaml": `name: ${name}\nruntime: nodejs\n`,
    "Pulumi.trial.yaml": `config:\n  maestro:registry: { kind: local, address: "${address}" }\n`,
    "services/hello/Dockerfile": "FROM scratch\nCOPY text /\n",
    "services/hello/text": name,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
}

function images(name: Name) {
  const args = ["images", "--stack", "trial", "--source", "services"];
  return execa("node", [path.join(packageRoot(), "bin", "maestro.js"), ...args], {
    cwd: path.join(DIRECTORY, name),
    all: true,
  });
}

/** What `down` of the project does with the machine's registries. */
async function leave(name: Name): Promise<string> {
  const before = process.cwd();
  process.chdir(path.join(DIRECTORY, name));
  try {
    return await leaveRegistries();
  } finally {
    process.chdir(before);
  }
}

async function answering(...ports: number[]): Promise<number[]> {
  const found = ports.map((port) => lookForRegistry(`localhost:${port}`));
  const answers = await Promise.all(found);
  return ports.filter((_, index) => answers[index] === "registry");
}

async function removeAll(): Promise<void> {
  for (const name of ["acme-registry", "bolt-registry", "bolt-registry-18356"]) {
    await removeRegistry(name);
  }
  // Whoever runs this is another instance each time.
  const uses = ["volume", "ls", "--quiet", "--filter"];
  for (const name of Object.keys(REGISTRIES)) {
    const label = `label=io.maestro.user=${name}${path.join(DIRECTORY, name)}`;
    const volumes = (await docker([...uses, label])).split("\n").filter(Boolean);
    if (volumes.length > 0) await docker(["volume", "rm", ...volumes]);
  }
  const list = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"];
  const tags = (await docker(list)).split("\n").filter((tag) => /^localhost:1835\d\//.test(tag));
  if (tags.length > 0) await tryDocker(["image", "rm", ...tags]);
}

beforeAll(removeAll);

afterAll(async () => {
  await removeAll();
  rmSync(DIRECTORY, { recursive: true, force: true });
});

describe("two projects' stacks", () => {
  const release = { "quality-fabric": builtImages().release["quality-fabric"]! };
  const acme = new TestStack("itest-two-acme", copyProject("acme"));
  const bolt = new TestStack("itest-two-bolt", copyProject("bolt"));
  /** Where nothing of acme's stack is. */
  const apart = {
    edge: { listen: "127.0.0.1:18358", preview: "127.0.0.1:18359" },
    network: { subnet: "172.30.0.0/16" },
  };
  const configOf = (stack: TestStack) => ({
    release,
    servicesFile: stack.writeServices({ "quality-fabric": {} }),
    rollout: { drainSeconds: 1, bakeSeconds: 0 },
  });
  const refusal = async (stack: TestStack) => {
    const { exitCode, output } = await stack.preview();
    expect([exitCode === 0, output]).toEqual([false, expect.any(String)]);
    return output.replace(/\s+/g, " ");
  };
  const serves = async (port: number) =>
    (await fetch(`http://127.0.0.1:${port}/edge/release`)).status;

  beforeAll(async () => {
    for (const stack of [acme, bolt]) {
      await stack.create({});
      stack.configure(configOf(stack));
    }
    await succeed(acme.up());
  });

  afterAll(async () => {
    for (const stack of [acme, bolt]) {
      await stack.remove();
      rmSync(stack.project.root, { recursive: true, force: true });
    }
  });

  it("refuse a taken port and subnet at once, with who has it and what is free", async () => {
    const program = net.createServer().listen(18359, "127.0.0.1");
    await once(program, "listening");
    bolt.configure({
      ...configOf(bolt),
      edge: { listen: acme.url.slice("http://".length), preview: "127.0.0.1:18359" },
    });
    const words = await refusal(bolt);
    const setUp = await bolt.operation("setup");
    program.close();
    expect(setUp.exitCode).toBe(1);
    expect(setUp.output).toContain(
      "maestro:edge.listen: is taken on this machine by container acme-itest-two-acme-edge",
    );
    const set = "take a free one: `pulumi config set --path maestro:";
    expect(words).toContain(
      `maestro:edge.listen: is taken on this machine by container acme-itest-two-acme-edge, got 127.0.0.1:18350; ` +
        `stop that, or ${set}edge.listen 127.0.0.1:18352 --stack ${bolt.name}\``,
    );
    expect(words).toMatch(
      /maestro:edge\.preview: is taken on this machine by \S+ \(process \d+\), got 127\.0\.0\.1:18359; /,
    );
    expect(words).toContain(`process ${process.pid})`);
    // Another test may have the next port.
    expect(words).toContain(`${set}edge.preview 127.0.0.1:183`);
    expect(words).toContain(
      `maestro:network.subnet: overlaps the network acme-itest-two-acme (${acme.subnet}) on the host, got ${acme.subnet}; ` +
        `remove that, or ${set}network.subnet 10.2`,
    );
  });

  it("of one name are told apart by their directories, and the second is refused", async () => {
    const directory = path.join(DIRECTORY, "clone");
    acme.configure({ ...configOf(acme), ...apart, directory });
    expect(await refusal(acme)).toContain(
      `maestro:directory: container acme-itest-two-acme-edge is of a stack of the same name whose files are in ` +
        `${acme.directory}, got ${directory};`,
    );
    acme.configure(configOf(acme));
  });

  it("name the commit of each image in the history, where the image says it", async () => {
    const image = `localhost:5000/maestro/quality-fabric@${release["quality-fabric"]}`;
    const label = '{{index .Config.Labels "org.opencontainers.image.revision"}}';
    const revision = (await docker(["image", "inspect", "--format", label, image])).trim();
    const { history } = await acme.outputs();
    expect(history[0]?.revisions).toEqual(revision ? { "quality-fabric": revision } : undefined);
    const status = await succeed(acme.operation("status"));
    expect(status).toContain(revision && `images of ${revision} (quality-fabric)`);
  });

  it("serve beside each other", async () => {
    bolt.configure({ ...configOf(bolt), ...apart });
    await succeed(bolt.up());
    expect([await serves(18350), await serves(18358)]).toEqual([200, 200]);
  });

  it("move as two hosts of one stack do: both, and back together from a move that was not ended", async () => {
    const next = await deriveRelease(release, "two-2");
    acme.configure({ ...configOf(acme), release: next });
    bolt.configure({ ...configOf(bolt), ...apart, release: next });
    await Promise.all([acme, bolt].map((stack) => succeed(stack.up())));
    const hosts = [
      { stack: acme, edgeUrl: acme.url, previewUrl: acme.previewUrl },
      { stack: bolt, edgeUrl: "http://127.0.0.1:18358", previewUrl: "http://127.0.0.1:18359" },
    ];
    const served = () => servedJointly(hosts, "quality-fabric");
    const first = ["blue", release["quality-fabric"]];
    const said = hearSteps();
    const hands = await openJointly(hosts);
    const { id } = (await heldSet(hands, "blue")).record;
    expect(await switchTraffic(hands, switchInput("blue", id, 3))).toBe(0);
    expect(await served()).toEqual([first, first]);
    await hands.records.writeSwitch({ ...(await hands.records.readSwitch())!, number: 4, ...TRY });
    hands.close();
    await bolt.host.edge.moveTraffic("green");
    expect(await served()).toEqual([first, ["green", next["quality-fabric"]]]);
    (await openJointly(hosts)).close();
    expect(said.join("\n")).toContain(`${bolt.name}: its users get blue as those of the other`);
    expect(await served()).toEqual([first, first]);
  });

  it("leave each other as they are when one is destroyed", async () => {
    const before = await acme.containers();
    await succeed(bolt.pulumi(["state", "unprotect", "--all", "--yes", "--stack", bolt.name]));
    await succeed(bolt.destroy());
    expect(await serves(18350)).toBe(200);
    expect(await acme.containers()).toEqual(before);
    expect((await bolt.containers()).size).toBe(0);
  });
});

describe("two projects' local registries", () => {
  it("stand beside each other, and stay where one wants another address", async () => {
    for (const name of ["acme", "bolt"] as const) {
      writeProject(name, REGISTRIES[name]);
      await images(name);
    }
    writeProject("bolt", "localhost:18356");
    await images("bolt");
    expect(await answering(18354, 18355, 18356)).toEqual([18354, 18355, 18356]);
  });

  it("stay for as long as one project uses them", async () => {
    writeProject("bolt", REGISTRIES.acme);
    await images("bolt");
    const root = (name: Name) => path.join(DIRECTORY, name);
    expect(await leave("acme")).toBe(`acme-registry is kept for bolt (${root("bolt")})`);
    expect(await answering(18354, 18355, 18356)).toEqual([18354, 18355, 18356]);
    expect(await leave("bolt")).toBe("removed");
    expect(await answering(18354, 18355, 18356, 5000)).toEqual([5000]);
  });

  it("go with the last user though a clone was removed before", async () => {
    for (const name of ["acme", "bolt"] as const) {
      writeProject(name, REGISTRIES.acme);
      await images(name);
    }
    rmSync(path.join(DIRECTORY, "bolt"), { recursive: true });
    expect(await leave("acme")).toBe("removed");
    expect(await answering(18354, 18355, 18356, 5000)).toEqual([5000]);
  });
});
