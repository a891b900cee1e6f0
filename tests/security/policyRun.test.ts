import path from "node:path";
import { connectEngine, containerState } from "../../host/engine";
import { packageRoot } from "../../config/project";
import { PulumiProject } from "../support/pulumiProject";

jest.setTimeout(180_000);

const PACK = ["--policy-pack", path.join(packageRoot(), "policy")];
const PROGRAM = `
new docker.Container("loose", {
  name: settings.prefix + "-loose",
  image: "nginx:latest",
  privileged: true,
  networkMode: "host",
  volumes: [{ hostPath: "/var/run/docker.sock", containerPath: "/docker.sock" }],
});
new docker.Volume("data", { name: settings.prefix + "-data" }, { protect: settings.protect });
`;

let project: PulumiProject;

beforeAll(async () => {
  project = await PulumiProject.create(PROGRAM);
});

afterAll(() => project.dispose());

describe("the policy pack in Pulumi's hands", () => {
  it("stops a preview and names each rule that is broken", async () => {
    const { ok, output } = await project.run(["preview", ...PACK]);
    expect(ok).toBe(false);
    for (const text of [
      'image: must be pinned by digest, got "nginx:latest"',
      "privileged: must not be set",
      'networkMode: must not be "host"',
      "/var/run/docker.sock makes its user root on the host",
      "memory: must be limited",
      "must be protected; set the option protect",
    ]) {
      expect(output).toContain(text);
    }
  });

  it("stops an update before the container is made, and is told so in the engine's events", async () => {
    const { ok, output } = await project.up({}, [...PACK, "--json"]);
    expect(ok).toBe(false);
    const events = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { policyEvent?: { enforcementLevel: string } });
    const levels = events.flatMap(({ policyEvent }) => policyEvent?.enforcementLevel ?? []);
    expect(levels).toContain("mandatory");
    expect(await containerState(connectEngine(), `${project.prefix}-loose`)).toBeNull();
  });

  it("lets the same program's preview pass when it is left out: it is the pack that stops it", async () => {
    const { ok } = await project.run(["preview"]);
    expect(ok).toBe(true);
  });
});
