import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { lookForRegistry } from "../../registry/probe";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { leaveRegistries, removeRegistry } from "../../toolchain/setup/registry";

jest.setTimeout(120_000);

const DIRECTORY = mkdtempSync(path.join(tmpdir(), "maestro-two-"));
const REGISTRIES = { acme: "localhost:18354", bolt: "localhost:18355" };
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
});
