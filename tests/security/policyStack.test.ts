import { writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { connectEngine, containerState } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { HARDENED } from "../support/hardenedContainer";
import { copyProject } from "../support/projectCopy";
import { builtImages, succeed, TestStack, type StackConfig } from "../support/testStack";

jest.setTimeout(180_000);

/** A program of one's own: a release, and containers beside it. */
const PROGRAM = `
import * as docker from "@pulumi/docker";
import { releaseStack } from "./engine";

export default async function main() {
  const outputs = await releaseStack();
  const { containers, late } = JSON.parse(process.env["BESIDE"] ?? "{}");
  for (const [name, args] of Object.entries(containers ?? {})) new docker.Container(name, args as never);
  if (late) {
    const network = new docker.Network("late", { name: late.name, labels: late.labels });
    // Known once the Engine has given the network its id.
    const networkMode = network.id.apply((id) => (id ? "host" : "none"));
    new docker.Container("late", { ...late, networkMode });
  }
  return outputs;
}
`;
const SERVICE = "quality-fabric";
const EXCEPTIONS = "policyExceptions.yaml";
const CONTAINER = "docker:index/container:Container";
const DAY = 86_400_000;

const project = copyProject("itest-beside");
const stack = new TestStack("itest-rules", project);
const engine = connectEngine();
const day = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

beforeAll(async () => {
  writeFileSync(path.join(project.root, "index.ts"), PROGRAM);
  await stack.create({});
});

afterAll(() => stack.remove());

/** Keeps every rule. */
function container(name: string, changes: object = {}) {
  return {
    name: `${stack.prefix}-${name}`,
    image: `localhost:5000/maestro/${SERVICE}@${builtImages().release[SERVICE]}`,
    command: ["sleep", "600"],
    labels: [{ label: LABELS.stack, value: stack.prefix }],
    ...HARDENED,
    ...changes,
  };
}

/** What is beside the release, and what the stack says of the policy. */
function given(beside: object, config: StackConfig, service: object = {}): void {
  stack.extraEnvironment["BESIDE"] = JSON.stringify(beside);
  const { release } = builtImages();
  const servicesFile = stack.writeServices({ [SERVICE]: service });
  stack.configure({ release: { [SERVICE]: release[SERVICE]! }, servicesFile, ...config });
}

function except(...exceptions: object[]): StackConfig {
  const rest = { reason: "until the next version of it", owner: "platform" };
  const text = stringify({ exceptions: exceptions.map((each) => ({ ...rest, ...each })) });
  writeFileSync(path.join(project.root, EXCEPTIONS), text);
  return { policy: { exceptions: EXCEPTIONS } };
}

const LOOSE = {
  containers: { loose: container("loose", { image: "nginx:1.27", readOnly: false }) },
};
const LEGACY = { containers: { legacy: container("legacy", { readOnly: false }) } };
const TWO_BREACHES = [
  `${CONTAINER}::loose: image: must be pinned by digest, got "nginx:1.27"; use <repository>@sha256:<64 hex> (image-by-digest)`,
  `${CONTAINER}::loose: readOnly: must be true; set it, and use tmpfs (read-only-root)`,
];

describe("maestro:policy", () => {
  it("stops an update before anything is touched, and names all breaches at once", async () => {
    given(LOOSE, { policy: {} });
    const { exitCode, output } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(output).toContain("policy (mandatory): 2 breaches:");
    // Once, although each resource that was held fails.
    for (const line of TWO_BREACHES) expect(output.split(line)).toHaveLength(2);
    expect(await stack.containers()).toEqual(new Map());
    const networks = await engine.listNetworks({ filters: { name: [stack.prefix] } });
    expect(networks).toEqual([]);
    const { resources } = await stack.exported();
    // Pulumi's own providers, and what was read.
    expect(resources.filter(({ type }) => !type.startsWith("pulumi:"))).toEqual([]);
  });

  it("stops a preview, and the comment of a pull request says why", async () => {
    const { exitCode, output } = await stack.preview("--json");
    expect(exitCode).not.toBe(0);
    const file = path.join(project.root, "preview.json");
    writeFileSync(file, output);
    const comment = await succeed(
      stack.operation("plan-comment", file, "--dry-run", "--no-images"),
    );
    expect(comment).toContain("this change is refused");
    for (const line of TWO_BREACHES) expect(comment).toContain(line);
  });

  it("lets them pass with a warning in a local stack", async () => {
    given(LOOSE, { policy: {}, kind: "local" });
    const output = await succeed(stack.preview());
    expect(output).toContain("policy (advisory): 2 breaches:");
    for (const line of TWO_BREACHES) expect(output).toContain(line);
  });

  it("says nothing in a stack without it", async () => {
    given(LOOSE, {});
    expect(await succeed(stack.preview())).not.toContain("policy");
  });

  it("names a bad file of exceptions beside all other mistakes", async () => {
    const rule = { rule: "no-such", resource: `${CONTAINER}::x`, expires: day(200) };
    given({}, { ...except(rule, { ...rule, rule: "limits" }), network: {} });
    const { output } = await stack.preview();
    expect(output).toContain(`${EXCEPTIONS}: exceptions[0].rule: must be one of image-by-digest`);
    given({}, except({ ...rule, rule: "limits" }));
    const { output: late } = await stack.preview();
    expect(late).toContain(`${EXCEPTIONS}: exceptions[0].expires: must be at most 90 days ahead`);
  });

  it("refuses what is known only in the update before that resource is made", async () => {
    given({ late: container("late") }, { policy: {} });
    expect(await succeed(stack.preview())).toContain("policy: every resource keeps it");
    const { exitCode, output } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(output).toContain(`${CONTAINER}::late: networkMode: must not be "host"`);
    expect(await containerState(engine, `${stack.prefix}-late`)).toBeNull();
  });

  it("lets pass what an exception names, and tells of it", async () => {
    const resource = `${CONTAINER}::legacy`;
    const exception = { rule: "read-only-root", resource, expires: day(30) };
    given(LEGACY, except(exception, { ...exception, rule: "limits", resource: `${CONTAINER}::*` }));
    const output = await succeed(stack.up());
    expect(output).toContain(
      `policy: ${resource} may break read-only-root until ${day(30)}T00:00: until the next version of it (platform)`,
    );
    expect(output).toContain(
      `${EXCEPTIONS}: exceptions[1]: nothing that is ${CONTAINER}::* breaks limits; remove it`,
    );
    expect(await containerState(engine, `${stack.prefix}-legacy`)).not.toBeNull();
    expect((await fetch(`${stack.url}/${SERVICE}/health`)).status).toBe(200);
    const { resources } = await stack.exported();
    const legacy = resources.find(({ urn }) => urn.endsWith("::legacy"));
    // That it was held has left nothing in the state.
    expect((legacy as { dependencies?: readonly string[] }).dependencies ?? []).toEqual([]);
  });

  it("refuses again what an exception has let pass until a day", async () => {
    given(
      LEGACY,
      except({ rule: "read-only-root", resource: `${CONTAINER}::le*`, expires: day(-1) }),
    );
    const { exitCode, output } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(output).toContain(`(read-only-root; its exception has ended, ${day(-1)}T00:00)`);
  });

  it("lets a release come back that breaks it by now", async () => {
    const legacy = { rule: "read-only-root", resource: `${CONTAINER}::legacy` };
    given(LEGACY, except({ ...legacy, expires: day(30) }), { env: { LEVEL: "debug" } });
    const before = (await stack.outputs()).release?.id;
    await succeed(stack.up());
    given(LEGACY, except({ ...legacy, expires: day(-1) }));
    const output = await succeed(stack.up());
    expect(output).toContain("policy (advisory): 1 breach:");
    expect((await stack.outputs()).release?.id).toBe(before);
  });
});
