import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ReleaseRecord } from "../../../release/release";
import type { StackOutputs } from "../../../release/stackOutputs";
import type { SecretStore } from "../../../secretStore/store";
import { digest } from "../../support/fixtures";
import { resolve, runProgram, type Registration } from "../../support/program";
import { configOf, observe } from "../../support/shippedStacks";

jest.mock("../../../targets/dockerHost/questions", () =>
  jest.requireActual<object>("../../support/hostQuestionsMock"),
);
jest.mock("../../../secretStore/openStore", () => ({ openStore: () => Promise.resolve(store) }));

/** What a state holds of a resource, without its outputs; the engine compares the next registration with it. */
type OldResource = Pick<Registration, "type" | "name" | "parent" | "inputs"> &
  Partial<Pick<Registration, "protect" | "ignoreChanges" | "replaceOnChanges">>;

interface OldStack {
  readonly outputs: StackOutputs;
  readonly resources: readonly OldResource[];
}

/**
 * Stack `development` as the oldest version that is still supported left it, before the program's folders were moved:
 * the resources of its state, its outputs, and the files on its host. Made by a real first update of that version.
 */
const FIXTURE = path.join(__dirname, "oldStack");

let directory: string;
let old: OldStack;

/** Each service's secret is still the version that was placed. */
const store: Partial<SecretStore> = {
  nameOf: (service) => `secret ${service}`,
  look: (service, version) =>
    Promise.resolve({
      version: version ?? serving().services[service]!.secretVersion!,
      keys: ["DATABASE_URL", "JWT_SECRET", "SECRET_KEY"],
      emptyKeys: [],
    }),
  managed: () => Promise.resolve(null),
};

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-old-"));
  cpSync(path.join(FIXTURE, "host"), directory, { recursive: true });
  const text = readFileSync(path.join(FIXTURE, "stack.json"), "utf8");
  old = JSON.parse(text.replaceAll("@directory@", directory)) as OldStack;
});

afterAll(() => rmSync(directory, { recursive: true }));

describe("a stack of the oldest version", () => {
  it("goes on without a difference, except the edge's log and its rules by hand, which take one reload", async () => {
    const { registrations, outputs } = await runProgram({
      stack: "development",
      config: oldConfig(),
      observed: observe(old.outputs),
      previous: old.outputs,
    });
    const now = await allCompared(registrations);
    const before = await allCompared(old.resources);
    expect([...now.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [key, resource] of before) {
      expect([key, exceptAdded(now.get(key)!)]).toEqual([key, exceptAdded(resource)]);
    }
    expect(outputs).toEqual(old.outputs);
  });

  it("takes its next release on the idle set, and leaves what serves and the edge's network alone", async () => {
    const { registrations, outputs } = await runProgram({
      stack: "development",
      config: withRelease({ "maestro-gateway": digest("b") }),
      observed: observe(old.outputs),
      previous: old.outputs,
    });
    expect(outputs.activeColor).toBe("green");
    expect(outputs.previousRelease).toEqual(old.outputs.release);
    const now = await allCompared(registrations);
    const kept = [...(await allCompared(old.resources))].filter(([, { name }]) =>
      /^(blue$|blue-[^m]|blue-maestro|edge-network|postgres)/.test(name),
    );
    expect(kept.length).toBeGreaterThan(10);
    for (const [key, before] of kept) {
      const { inputs, parent } = now.get(key)!;
      expect([key, parent, inputs]).toEqual([key, before.parent, before.inputs]);
    }
  });
});

/**
 * The edge's configuration without what its log says of a request, whose lines got further fields and a mark of maestro's
 * own questions, and without the rules by hand, which do nothing until somebody makes one.
 */
function exceptAdded(resource: OldResource): OldResource {
  if (resource.name !== "edge-config") return resource;
  const { config, number, ...input } = JSON.parse(resource.inputs["stdin"] as string) as {
    config: string;
    number: number;
  };
  const [head = "", ...tail] = config.split("  log_format maestro ");
  const rest = tail.join("").replace(/^.*?;\n/s, "");
  const lines = withoutRulesByHand(`${head}${rest}`)
    .split("\n")
    .filter((line) => !/generation|maestro_probe|Questions of maestro's own/.test(line))
    .filter((line) => !/return 200 '[0-9a-f]{12}/.test(line));
  expect(number).toBeGreaterThan(0);
  return { ...resource, inputs: { ...resource.inputs, stdin: { ...input, lines } } };
}

function withoutRulesByHand(config: string): string {
  return config
    .replace(/ {2}# Rules by hand:.*?\n\n/s, "")
    .replace(/ {4}if \(-f \S*\/hand\/on\).*\n/, "")
    .replace(/ {4}location = \/@hand \{.*?(?= {4}location = \/@(?:blue|green)\/)/s, "");
}

/** The release that the old stack has in service. */
function serving(): ReleaseRecord {
  return old.outputs.containerSets[old.outputs.activeColor]!;
}

/** A release with other images of some services. Those that migrate keep theirs: their databases are at its revision. */
function withRelease(digests: Readonly<Record<string, string>>): Record<string, unknown> {
  const config = oldConfig();
  return { ...config, release: { ...(config["release"] as object), ...digests } };
}

function oldConfig(): Record<string, unknown> {
  const image = (name: string) =>
    old.resources.find((resource) => resource.name === name)?.inputs["image"];
  const config = configOf("development");
  const { versions, sha256 } = old.outputs.packages!;
  return {
    ...config,
    directory,
    packages: {
      versions: Object.fromEntries(
        Object.entries(versions).map(([name, version]) => [
          name,
          { version, sha256: sha256[name] },
        ]),
      ),
    },
    edge: { ...(config["edge"] as object), image: image("edge-nginx") },
    postgres: { image: image("postgres-server") },
    release: Object.fromEntries(
      Object.entries(serving().services).map(([service, settings]) => [service, settings.digest]),
    ),
  };
}

function keyOf({ type, name }: Pick<Registration, "type" | "name">): string {
  return `${type} ${name}`;
}

/** Resources by type and name, as the engine compares them. */
async function allCompared(
  resources: readonly OldResource[],
): Promise<ReadonlyMap<string, OldResource>> {
  const all = resources.filter(({ type }) => !type.startsWith("pulumi:"));
  return new Map(
    await Promise.all(all.map(async (one) => [keyOf(one), await compared(one)] as const)),
  );
}

async function compared(resource: OldResource): Promise<OldResource> {
  const { type, name, parent, inputs, protect, ignoreChanges, replaceOnChanges } = resource;
  // A component has none in a state; of what is not to be touched the engine compares none.
  const hasInputs = !type.startsWith("maestro:") && !ignoreChanges?.includes("*");
  return {
    type,
    name,
    parent: parent === "maestro-development" ? null : parent,
    inputs: hasInputs ? await told(inputs) : {},
    protect: protect ?? false,
    ignoreChanges: [...(ignoreChanges ?? [])].sort(),
    replaceOnChanges: replaceOnChanges ?? [],
  };
}

/** Inputs without what is undefined, which the engine never hears of. */
async function told(inputs: OldResource["inputs"]): Promise<OldResource["inputs"]> {
  return JSON.parse(JSON.stringify(await resolve(inputs))) as OldResource["inputs"];
}
