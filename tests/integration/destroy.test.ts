import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { LABELS } from "../../rules/host/containerLabels";
import { killTree } from "../support/processTree";
import { builtImages, SECRETS_DIRECTORY, succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-destroy");
const SERVICE = "quality-fabric";
const directory = path.join(SECRETS_DIRECTORY, stack.prefix);

/** The helper container that writes them removes them too, so a file is there before the operation has ended. */
async function untilDelivered(): Promise<void> {
  const found = () => existsSync(directory) && readdirSync(directory, { recursive: true });
  const isThere = () => (found() || []).some((name) => String(name).endsWith("SIGNING_KEY"));
  while (!isThere()) await sleep(1);
}

async function containers(): Promise<string[]> {
  const filter = `label=${LABELS.stack}=${stack.prefix}`;
  const { stdout } = await execa("docker", ["ps", "-a", "--filter", filter, "--format={{.Names}}"]);
  return stdout.split("\n").filter(Boolean);
}

async function networks(): Promise<string> {
  const args = ["network", "ls", "--filter", `name=${stack.prefix}`, "--format={{.Name}}"];
  return (await execa("docker", args)).stdout;
}

beforeAll(async () => {
  await stack.create({});
  const servicesFile = stack.writeServices({ [SERVICE]: { secrets: ["SIGNING_KEY"] } });
  stack.configure({ release: { [SERVICE]: builtImages().release[SERVICE]! }, servicesFile });
  await succeed(stack.secrets(["set", "--service", SERVICE, "SIGNING_KEY"], "a-signing-key"));
});

afterAll(() => stack.remove());

describe("`pulumi destroy`", () => {
  it("leaves no secret of an update that was killed while it delivered them", async () => {
    await stack.upDisturbedAt(/-secrets creating/, async (pid) => {
      await untilDelivered();
      killTree(pid);
    });
    expect(existsSync(directory)).toBe(true);
    const unlocked = await succeed(stack.operation("unlock"));
    expect(unlocked).toMatch(/-secrets: was creating; removed what it had delivered/);
    await succeed(stack.destroy());
    expect(existsSync(directory)).toBe(false);
    expect(await containers()).toEqual([]);
  });

  it("goes through after such a kill where the edge is gone too", async () => {
    await stack.upDisturbedAt(/-secrets creating/, async (pid) => {
      await untilDelivered();
      killTree(pid);
    });
    await execa("docker", ["rm", "--force", "--volumes", `${stack.prefix}-edge`]);
    const unlocked = await succeed(stack.operation("unlock"));
    expect(unlocked).toContain(`removed nothing: secrets may be left in ${directory} on the host`);
    await succeed(stack.up("--refresh"));
    expect((await fetch(`${stack.url}/${SERVICE}/version`)).status).toBe(200);
    await succeed(stack.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack.name]));
    await succeed(stack.destroy());
    expect(existsSync(directory)).toBe(false);
  });

  it("removes containers that no state knows, and then the network that they hold", async () => {
    await succeed(stack.up());
    const name = `${stack.prefix}-left`;
    const label = `${LABELS.stack}=${stack.prefix}`;
    const image = `localhost:5000/maestro/${SERVICE}@${builtImages().release[SERVICE]!}`;
    const where = ["--name", name, "--label", label, "--network", stack.prefix];
    await execa("docker", [
      "run",
      "--detach",
      "--init",
      ...where,
      "--entrypoint=sleep",
      image,
      "300",
    ]);
    await succeed(stack.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack.name]));
    const destroyed = await succeed(stack.destroy());
    expect(destroyed).toContain(`removed ${name}, which no state knows`);
    expect(await containers()).toEqual([]);
    expect(await networks()).toBe("");
    expect(existsSync(directory)).toBe(false);
  });

  it("leaves a host on which the stack can be made anew", async () => {
    const output = await succeed(stack.up());
    expect(output).not.toMatch(/serves already/);
    expect((await fetch(`${stack.url}/${SERVICE}/version`)).status).toBe(200);
    await succeed(stack.up("--expect-no-changes"));
  });

  it("is not what a replacement of the edge's configuration looks like", async () => {
    const before = await stack.containers();
    const { resources } = await stack.exported();
    const urn = resources.find((resource) => resource.urn.endsWith("::edge-config"))?.urn ?? "";
    const output = await succeed(stack.up("--replace", urn));
    expect(output).toMatch(/the edge is still there, .* nothing is removed/);
    expect(await stack.containers()).toEqual(before);
    expect((await fetch(`${stack.url}/${SERVICE}/version`)).status).toBe(200);
  });
});
