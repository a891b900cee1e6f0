import execa from "execa";
import { REPLACED_ON_CHANGE } from "../../components/dockerHost/hardenedContainer";
import { BUSYBOX_IMAGE, ensureBusyboxImages } from "../support/busyboxImage";
import { CONTAINER_CHANGES } from "../support/containerChanges";
import { PulumiProject, type Settings, type Step } from "../support/pulumiProject";

jest.setTimeout(300_000);

/**
 * A container for each change, never started, as the plugin has it; and one with the options of this program, where the
 * change does not arrive otherwise.
 */
const PROGRAM = `
const options = {
  plain: {},
  replacing: { replaceOnChanges: settings.replaceOnChanges, deleteBeforeReplace: true },
};
settings.changes.forEach(({ before, after, isLost }, index) => {
  for (const [kind, opts] of Object.entries(options)) {
    if (kind === "replacing" && !isLost) continue;
    new docker.Container(kind + "-" + index, {
      name: settings.prefix + "-" + kind + "-" + index,
      image: "${BUSYBOX_IMAGE}",
      entrypoints: ["/bin/busybox"],
      start: false,
      mustRun: false,
      ...before,
      ...(settings.isChanged ? after : {}),
    }, { ...opts, ignoreChanges: settings.ignoreChanges });
  }
});
`;

const NAMES = Object.keys(CONTAINER_CHANGES);
/** Docker has no way to take a limit away again; this program always sets one. */
const NEVER = "memory left out";
const LOST = NAMES.filter((name) => {
  const { plan, reaches } = CONTAINER_CHANGES[name]!;
  return plan === "update" && !reaches && name !== NEVER;
});
const changes = Object.entries(CONTAINER_CHANGES).map(([name, { before, after }]) => ({
  before,
  after,
  isLost: LOST.includes(name),
}));
const BEFORE: Settings = { changes, replaceOnChanges: REPLACED_ON_CHANGE };
const AFTER: Settings = { ...BEFORE, isChanged: true };

describe("a change of docker.Container", () => {
  let project: PulumiProject;
  let ignored: Map<string, Step>;
  let planned: Map<string, Step>;
  let found: ReadonlyMap<string, object>;

  beforeAll(async () => {
    await ensureBusyboxImages();
    project = await PulumiProject.create(PROGRAM);
    await project.upOrFail(BEFORE);
    ignored = await project.preview({ ...AFTER, ignoreChanges: ["*", "cpus"] });
    planned = await project.preview(AFTER);
    await project.upOrFail(AFTER);
    found = await inspectAll(project.prefix);
  });
  afterAll(() => project.dispose());

  test.each(NAMES)("of %s is planned, and arrives or not", (name) => {
    const { plan, reaches, shows } = CONTAINER_CHANGES[name]!;
    const key = `plain-${NAMES.indexOf(name)}`;
    expect(planned.get(key)?.op).toBe(plan);
    if (reaches) {
      expect(found.get(key)).toMatchObject(shows);
    } else {
      expect(found.get(key)).not.toMatchObject(shows);
    }
  });

  test.each(LOST)("of %s reaches a container of this program", (name) => {
    const key = `replacing-${NAMES.indexOf(name)}`;
    expect(planned.get(key)?.op).toBe("replace");
    expect(found.get(key)).toMatchObject(CONTAINER_CHANGES[name]!.shows);
  });

  test("does nothing to a set that ignores all changes, whatever replaces it otherwise", () => {
    expect(ignored.size).toBeGreaterThan(NAMES.length);
    expect([...ignored].filter(([, { op }]) => op !== "same")).toEqual([]);
  });

  test("is over then: the next update finds nothing to do", async () => {
    const again = await project.preview(AFTER);
    const differs = [...again].filter(([, { op }]) => op !== "same");
    expect(differs).toEqual([]);
  });
});

/** Every container of the project by its name without the prefix. */
async function inspectAll(prefix: string): Promise<ReadonlyMap<string, object>> {
  const { stdout: ids } = await execa("docker", ["ps", "-aq", "--filter", `name=^/${prefix}-`]);
  const { stdout } = await execa("docker", ["inspect", ...ids.split("\n")]);
  const containers = JSON.parse(stdout) as readonly { readonly Name: string }[];
  return new Map(containers.map((it) => [it.Name.slice(prefix.length + 2), it]));
}
