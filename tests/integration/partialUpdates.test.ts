import execa from "execa";
import { connectEngine } from "../../host/engine";
import { deriveRelease } from "../support/derivedImages";
import {
  configure,
  done,
  editState,
  idleOf,
  levelOf,
  operation,
  refused,
  release,
  stack,
  truth,
  urnOf,
  useImage,
  type Truth,
} from "../support/partialStack";
import { builtImages } from "../support/testStack";

jest.setTimeout(900_000);

const engine = connectEngine();
let a: Truth;
let b: Truth;

beforeAll(async () => {
  const { "quality-fabric": digest = "" } = builtImages().release;
  const derived = await deriveRelease({ "quality-fabric": digest }, "partial");
  useImage(derived["quality-fabric"]!);
  await stack.create({ release: {} });
  await release("a");
  a = await truth();
  await release("b");
  b = await truth();
});

afterAll(() => stack.remove());

describe("a container of the idle set that is the only target", () => {
  it("leaves the outputs with what serves, and says that nothing was moved", async () => {
    const before = await stack.outputs();
    configure("c");
    const { output } = done(await stack.up("--target", await urnOf(`${a.color}-web-0`)));
    expect(await levelOf(a.color)).toBe("LEVEL=c");
    expect(output).toMatch(
      /the traffic was not moved to release [0-9a-f]{12}: its switch was no part/,
    );
    expect(await truth()).toEqual(b);
    const after = await stack.outputs();
    expect(after.history).toEqual(before.history);
    expect(after.previousRelease?.id).toBe(a.release);
    // The set is not what it was proven to be any more.
    expect(after.containerSets).toEqual({ ...before.containerSets, [a.color]: null });
  });

  it("is shown by status and by a rollback's preview, and the traffic does not move to it", async () => {
    const status = await operation("status");
    expect(status.exitCode).toBe(0);
    const difference = `container ${stack.prefix}-${a.color}-web-0: variable LEVEL: wanted the record's value, got another one`;
    expect(status.output).toContain(difference);
    const preview = await operation("rollback", "--preview");
    expect(preview.output).toContain(`release ${b.release} -> ${a.release}; the idle set is not`);
    expect(preview.output).toContain(difference);
    const output = refused(await operation("rollback"));
    expect(output).toContain(difference);
    expect(output).toContain("run the whole update again (no --target, no --exclude)");
    expect(await truth()).toEqual(b);
  });

  it("is made anew by the next update, with the settings of its record", async () => {
    done(await stack.up());
    expect(await truth()).toEqual(a);
    expect(await levelOf(a.color)).toBe("LEVEL=a");
    expect((await operation("status")).output).not.toContain("wanted");
  });
});

describe("an update that leaves something out", () => {
  it.each([
    ["web-0", /variable LEVEL: wanted the record's value|is missing/],
    ["gate", /does not hold a proven release/],
    ["claim", /or this one leaves its claim out/],
  ])("is refused without the idle set's %s, and users keep what they had", async (name, words) => {
    const before = await truth();
    configure(`without ${name}`);
    const urn = await urnOf(`${idleOf(before)}-${name}`);
    expect(refused(await stack.up("--exclude", urn))).toMatch(words);
    expect(await truth()).toEqual(before);
    await release(`with ${name}`);
    expect(await levelOf((await truth()).color)).toBe(`LEVEL=with ${name}`);
  });

  it("without its switch proves the release, names what serves, and the next update only switches", async () => {
    const before = await truth();
    configure("e");
    done(await stack.up("--exclude", await urnOf("release-switch")));
    expect(await truth()).toEqual(before);
    const waiting = await stack.containers(idleOf(before));
    expect(
      (await stack.outputs()).containerSets[before.color === "blue" ? "green" : "blue"],
    ).not.toBeNull();
    done(await stack.up());
    expect((await truth()).color).toBe(idleOf(before));
    expect(await stack.containers(idleOf(before))).toEqual(waiting);
  });

  it("is refused where the targets' dependents come along, and their claim does not", async () => {
    const before = await truth();
    configure("f");
    const urn = await urnOf(`${idleOf(before)}-web-0`);
    const output = refused(await stack.up("--target", urn, "--target-dependents"));
    expect(output).toMatch(/does not hold release [0-9a-f]{12}, placement \d+/);
    expect(await truth()).toEqual(before);
    await release("f");
    await truth();
  });
});

describe("operations that run once more", () => {
  it.each(["claim", "gate"])("leave the warm set ready for a rollback: %s", async (name) => {
    const before = await truth();
    const { previousRelease } = await stack.outputs();
    done(await stack.up("--replace", await urnOf(`${idleOf(before)}-${name}`)));
    expect(await truth()).toEqual(before);
    const { output } = await operation("rollback", "--preview");
    expect(output).toContain(`-> ${previousRelease?.id}; it is warm`);
  });

  it("are refused for a container that is kept, whose name is taken by itself", async () => {
    const before = await stack.containers();
    const idle = idleOf(await truth());
    const output = refused(await stack.up("--replace", await urnOf(`${idle}-web-0`)));
    expect(output).toContain(`${idle}-web-0" is already in use`);
    expect(await stack.containers()).toEqual(before);
    const serving = await urnOf(`${(await truth()).color}-web-0`);
    expect(refused(await stack.up("--replace", serving))).toContain("unable to replace resource");
    expect(await stack.containers()).toEqual(before);
  });

  it("leave what serves as it is", async () => {
    const before = await truth();
    const serving = await stack.containers(before.color);
    for (const name of ["release-switch", `${before.color}-gate`]) {
      const urn = await urnOf(name);
      const args = [urn, "--force", "--yes", "--stack", stack.name];
      done(await stack.pulumi(["state", "delete", ...args]));
    }
    const claim = await urnOf(`${before.color}-claim`);
    done(await stack.up("--replace", claim));
    expect(await stack.containers(before.color)).toEqual(serving);
    expect(await truth()).toEqual(before);
    done(await stack.up("--expect-no-changes"));
  });
});

describe("a state that was edited", () => {
  it("cannot make an update prove a container that is not what its record says", async () => {
    const before = await truth();
    const idle = idleOf(before);
    const level = (await levelOf(idle))!;
    // The engine then finds nothing to do for this container.
    await editState((text) => text.replaceAll(level, "LEVEL=edited"));
    configure("edited");
    const output = refused(await stack.up());
    expect(output).toContain(
      `${idle}-web-0: variable LEVEL: wanted the record's value, got another one`,
    );
    expect(await truth()).toEqual(before);
    done(await stack.up());
    expect(await levelOf((await truth()).color)).toBe("LEVEL=edited");
  });
});

describe("a container that was changed by hand", () => {
  it("is shown by status with what it should be, and is healthy again when it is so", async () => {
    const { color } = await truth();
    const name = `${stack.prefix}-${color}-api-0`;
    await execa("docker", ["update", "--memory", "128m", "--memory-swap", "128m", name]);
    const status = await operation("status");
    expect(status.exitCode).toBe(1);
    expect(status.output).toContain(`container ${name}: memory: wanted 256 MB, got 128 MB`);
    await execa("docker", ["update", "--memory", "256m", "--memory-swap", "256m", name]);
    expect((await operation("status")).exitCode).toBe(0);
  });

  it("is healthy without a name for its image, by which it was made", async () => {
    const { color } = await truth();
    const { Config, Image } = await engine.getContainer(`${stack.prefix}-${color}-api-0`).inspect();
    const names = ((await engine.getImage(Image).inspect()).RepoTags ?? []).concat(Config.Image);
    await execa("docker", ["rmi", "--force", ...names]);
    const listed = await engine.listContainers({ filters: { name: [`${color}-api-0`] } });
    expect(listed[0]?.Image).not.toBe(Config.Image);
    const status = await operation("status");
    expect(status.output).toContain("healthy");
    expect(status.exitCode).toBe(0);
    await execa("docker", ["pull", "--quiet", Config.Image]);
  });
});

describe("a stack that was renamed", () => {
  it("is refused with the way back, and goes on without a difference after it", async () => {
    const before = await stack.containers();
    const other = `${stack.name}-2`;
    const rename = (to: string, from: string) =>
      stack.pulumi(["stack", "rename", to, "--stack", from]);
    done(await rename(other, stack.name));
    try {
      const output = refused(
        await stack.pulumi(["up", "--yes", "--skip-preview", "--stack", other]),
      );
      expect(output).toContain(
        `the stack was renamed: its containers on the host are named ${stack.prefix}, but this update would name them ` +
          `maestro-${other}`,
      );
      expect(await stack.containers()).toEqual(before);
    } finally {
      done(await rename(stack.name, other));
    }
    done(await stack.up("--expect-no-changes"));
  });
});
