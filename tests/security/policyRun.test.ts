import path from "node:path";
import { connectEngine, containerState } from "../../host/engine";
import { packageRoot } from "../../config/project";
import { POLICY_RULES } from "../../rules/policyRules";
import { PulumiProject, type Run } from "../support/pulumiProject";

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

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);

async function excepted(exceptions: readonly object[]): Promise<Run> {
  project.write("exceptions.yaml", JSON.stringify({ exceptions }));
  process.env["MAESTRO_POLICY_EXCEPTIONS"] = path.join(project.directory, "exceptions.yaml");
  try {
    return await project.run(["preview", ...PACK]);
  } finally {
    delete process.env["MAESTRO_POLICY_EXCEPTIONS"];
  }
}

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

  it("only tells where its configuration says so", async () => {
    project.write("advisory.json", JSON.stringify({ all: "advisory" }));
    const config = ["--policy-pack-config", "advisory.json"];
    const { ok, output } = await project.run(["preview", ...PACK, ...config]);
    expect(output).toContain('image: must be pinned by digest, got "nginx:latest"');
    expect(ok).toBe(true);
  });

  it("lets pass what exceptions name, and names those that let nothing pass", async () => {
    const rest = { reason: "nobody else uses it", owner: "platform", expires: tomorrow() };
    const of = (rule: string) => ({ rule, resource: "docker:index/*::loose", ...rest });
    const volume = {
      ...rest,
      rule: "protected-data",
      resource: "docker:index/volume:Volume::data",
    };
    const { ok, output } = await excepted([...POLICY_RULES.map(of), volume]);
    expect(output).toContain(
      "exceptions[9]: nothing that is docker:index/*::loose breaks repository; remove it",
    );
    expect(output).not.toContain("must be pinned by digest");
    expect(ok).toBe(true);
  });

  it("does not start with exceptions that are wrong", async () => {
    const { ok, output } = await excepted([{ rule: "limits" }]);
    expect(ok).toBe(false);
    expect(output).toContain("exceptions.yaml: exceptions[0].reason: is required");
  });

  it("lets the same program's preview pass when it is left out: it is the pack that stops it", async () => {
    const { ok } = await project.run(["preview"]);
    expect(ok).toBe(true);
  });
});
