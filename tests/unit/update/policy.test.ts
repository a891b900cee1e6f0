import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";
import type { PolicyException, PolicySettings } from "../../../rules/policyRules";
import { createPolicyInspection } from "../../../update/policyCheck";
import { HARDENED } from "../../support/hardenedContainer";
import { holdResources, type MadeResource } from "../../../update/resourceHold";

const CONTAINER = "docker:index/container:Container";
const IMAGE = `web@sha256:${"a".repeat(64)}`;
const said: string[] = [];

/** Keeps every rule. */
const GOOD = { image: IMAGE, ...HARDENED };

beforeEach(async () => {
  said.length = 0;
  const say = (severity: string) => (text: string) => {
    said.push(`${severity}: ${text}`);
    return Promise.resolve();
  };
  jest.spyOn(pulumi.log, "info").mockImplementation(say("info"));
  jest.spyOn(pulumi.log, "warn").mockImplementation(say("warning"));
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
    call: () => ({}),
  });
});

afterEach(() => jest.restoreAllMocks());

function made(inputs: pulumi.Inputs, rest: Partial<MadeResource> = {}): MadeResource {
  return { type: CONTAINER, name: "web", inputs: { ...GOOD, ...inputs }, protect: false, ...rest };
}

function inspect(
  all: readonly MadeResource[],
  changes: Partial<PolicySettings> = {},
  goesBack = false,
) {
  const settings = { level: "mandatory" as const, file: "e.yaml", exceptions: [], ...changes };
  return createPolicyInspection(settings, () => goesBack)(all);
}

const line = (says: string) => `${CONTAINER}::web: ${says}`;

describe("resources that are checked before they are registered", () => {
  it("are named all at once, with what each breaks", async () => {
    const all = [made({ privileged: true, restart: "no" }), made({ memory: 0 }, { name: "api" })];
    const error = await inspect(all).catch((thrown: Error) => thrown);
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    expect((error as Error).message.split("\n")).toEqual([
      "policy (mandatory): 4 breaches:",
      `  ${line("privileged: must not be set; remove it (no-privilege)")}`,
      `  ${line('restart: must be "always", got "no"; set it, or mustRun to false for a job (restarts)')}`,
      `  ${CONTAINER}::api: memory: must be limited; set it, in MB (limits)`,
      `  ${CONTAINER}::api: memorySwap: must equal memory, else the container swaps; set it (limits)`,
      "mend them, or name exceptions in e.yaml",
    ]);
  });

  it("are a warning where users get a release that they had before: that must wait for nobody", async () => {
    await inspect([made({ readOnly: false })], {}, true);
    expect(said).toEqual([expect.stringMatching(/^warning: policy \(advisory\): 1 breach:\n/)]);
  });

  it("are a warning where the policy is advisory", async () => {
    await inspect([made({ readOnly: false })], { level: "advisory" });
    expect(said).toEqual([expect.stringMatching(/^warning: policy \(advisory\): 1 breach:\n/)]);
  });

  it("are told to be good", async () => {
    await inspect([made({}), made({}, { type: "maestro:components:ContainerSet" })]);
    expect(said).toEqual(["info: policy: every resource keeps it (mandatory)"]);
  });

  it("are read through outputs and secrets, whose values are not shown", async () => {
    const inputs = { image: pulumi.secret("team/hidden:1"), restart: pulumi.output("no") };
    const error = await inspect([made(inputs)]).catch((thrown: Error) => thrown);
    expect(String(error)).toContain('image: must be pinned by digest, got "[secret]"');
    expect(String(error)).toContain('restart: must be "always", got "no"');
    expect(String(error)).not.toContain("hidden");
  });

  it("are checked again for what was not known, and only for that", async () => {
    let give: (mode: string) => void = () => undefined;
    const networkMode = new Promise<string>((resolve) => (give = resolve));
    const one = made({ networkMode, readOnly: false });
    const again = await inspect([one], { level: "advisory" });
    give("host");
    await again(one);
    expect(said.map((text) => text.split("\n")[1])).toEqual([
      `  ${line("readOnly: must be true; set it, and use tmpfs (read-only-root)")}`,
      `  ${line('networkMode: must not be "host"; remove it (no-host-namespace)')}`,
    ]);
  });

  it("pass a preview where an input is never known", async () => {
    const one = made({ networkMode: pulumi.output(unknown), mounts: [{ type: unknown }] });
    await (
      await inspect([one])
    )(one);
    expect(said).toEqual(["info: policy: every resource keeps it (mandatory)"]);
  });

  it("may break what an exception names; one that nothing needs is told", async () => {
    const rest = { reason: "moves away", owner: "eve", expires: "2099-01-01T00:00" };
    const of = (rule: PolicyException["rule"], name: string): PolicyException => ({
      ...{ rule, resource: `${CONTAINER}::${name}` },
      ...rest,
    });
    const exceptions = [
      of("read-only-root", "web"),
      of("no-host-namespace", "web"),
      of("limits", "*"),
    ];
    const networkMode = new Promise<string>(() => undefined);
    await inspect([made({ readOnly: false, networkMode })], { exceptions });
    expect(said).toEqual([
      `info: policy: ${CONTAINER}::web may break read-only-root until 2099-01-01T00:00: moves away (eve)`,
      `warning: policy: e.yaml: exceptions[2]: nothing that is ${CONTAINER}::* breaks limits; remove it`,
      "info: policy: every resource keeps it (mandatory)",
    ]);
  });

  it("are seen inside a component that another program makes", async () => {
    const repository = made({}, { type: "awsx:ecr:Repository" });
    await expect(inspect([repository])).rejects.toThrow(
      "aws:ecr/repository:Repository::web: must be protected",
    );
  });
});

class Thing extends pulumi.CustomResource {
  constructor(name: string, opts: pulumi.CustomResourceOptions = {}) {
    super("test:index:Thing", name, {}, opts);
  }
}

class Provider extends pulumi.ProviderResource {}

describe("resources that are held", () => {
  it("are registered once what was made together was looked at, with their parents' protection", async () => {
    const order: string[] = [];
    const say = (text: string) => void order.push(text);
    await pulumi.runtime.setMocks({
      newResource: ({ name }) => {
        say(`registered ${name}`);
        return { id: name, state: {} };
      },
      call: () => ({}),
    });
    await pulumi.runtime.runInPulumiStack(async () => {
      const { letGo } = holdResources((all) => {
        say(
          `looked at ${all.map(({ name, protect }) => `${name}${protect ? "!" : ""}`).join(" ")}`,
        );
        return Promise.resolve(({ name }) => Promise.resolve(say(`again ${name}`)));
      });
      new Provider("test", "provider");
      const parent = new Thing("parent", { protect: true });
      await new Promise(setImmediate);
      new Thing("child", { parent });
      letGo();
      new Thing("beside");
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      new Thing("late", { dependsOn: [parent] });
      return {};
    });
    await pulumi.runtime.disconnect();
    const at = (text: string) => order.indexOf(text);
    expect(order.filter((text) => text.startsWith("looked"))).toEqual([
      "looked at parent! child! beside",
      "looked at late",
    ]);
    for (const name of ["parent", "child", "beside"]) {
      expect(at(`registered ${name}`)).toBeGreaterThan(at(`again ${name}`));
      expect(at(`again ${name}`)).toBeGreaterThan(at("looked at parent! child! beside"));
    }
    expect(at("registered late")).toBeGreaterThan(at("again late"));
    expect(order).toContain("registered provider");
    expect(at("again provider")).toBe(-1);
  });
});
