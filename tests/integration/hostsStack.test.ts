import execa from "execa";
import { LABELS } from "../../rules/host/containerLabels";
import type { Drift } from "../../rules/delivery/drift";
import { withoutNotes } from "../../rules/drift/finding";
import { gatewayAddress } from "../../release/addresses";
import { digestsOf } from "../../release/release";
import type { DeepStatus } from "../../rules/health/deepStatus";
import { startProvider } from "../support/dependencyServers";
import { deriveRelease } from "../support/derivedImages";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { freePort } from "../support/moto";
import { RemoteStack } from "../support/remoteStack";
import { SshServer } from "../support/sshServer";
import { builtImages, succeed, type StackConfig } from "../support/testStack";

const SERVICES = ["quality-fabric", "template-service"];
const server = new SshServer(18249, { maxSessions: 2 });

const stack = new RemoteStack("itest-hosts");
let first: Record<string, string>;
let second: Record<string, string>;

function pick(release: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(SERVICES.map((service) => [service, release[service]!]));
}

function config(release: Record<string, string>, changes: StackConfig = {}): StackConfig {
  const others = Object.keys(builtImages().release).filter((name) => !SERVICES.includes(name));
  const services = Object.fromEntries(others.map((name) => [name, { enabled: false }]));
  return { release, services, ...server.config, ...changes };
}

async function served(): Promise<Record<string, string>> {
  const answers = await Promise.all(
    SERVICES.map(async (service) => {
      const answer = await fetch(`${stack.url}/${service}/version`);
      return [service, ((await answer.json()) as { digest: string }).digest] as const;
    }),
  );
  return Object.fromEntries(answers);
}

/** Processes of `ssh` clients that lead to the test server. */
async function sshClients(): Promise<string[]> {
  const { stdout } = await execa("ps", ["-eo", "args="]);
  return stdout.split("\n").filter((line) => /^ssh .*-p 18249 /.test(line));
}

async function expectNothingRunning(): Promise<void> {
  expect(await sshClients()).toEqual([]);
  // A connection's process ends a moment after its client.
  for (let look = 0; look < 50 && (await server.connectionProcesses()).length > 0; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await server.connectionProcesses()).toEqual([]);
}

function startLoad(): OpenLoopLoad {
  return new OpenLoopLoad({
    baseUrl: stack.url,
    getPaths: SERVICES.map((service) => `/${service}/version`),
    postPaths: SERVICES.map((service) => `/${service}/echo`),
    requestsPerSecond: 30,
    connections: 4,
  });
}

beforeAll(async () => {
  await server.start();
  first = pick(builtImages().release);
  second = await deriveRelease(first, "hosts-2");
  await stack.create(config(first));
  await succeed(stack.up());
}, 240_000);

afterAll(async () => {
  await stack.remove();
  await server.remove();
}, 60_000);

describe("a stack on a host over SSH", () => {
  it("serves, with its records there, and leaves no process behind", async () => {
    expect(await served()).toEqual(first);
    expect(await stack.host.edge.readActiveColor()).toBe("blue");
    const words = ["sh", "-c", "echo $MAESTRO_SERVICE; exit 5"];
    const { exitCode, output } = await stack.operation("exec", SERVICES[0]!, "--", ...words);
    expect([exitCode, output]).toEqual([5, SERVICES[0]]);
    await expectNothingRunning();
  });

  it("changes nothing when nothing has changed", async () => {
    const before = await stack.containers();
    const { output, exitCode } = await stack.preview("--expect-no-changes");
    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(await stack.containers()).toEqual(before);
  }, 120_000);

  it("is looked at down to what its services use, from their network", async () => {
    const address = gatewayAddress(stack.subnet);
    const port = await freePort();
    const issuer = `http://${address}:${port}`;
    const provider = await startProvider(address, port, { issuer, secret: "asked-by-none" });
    const { services } = config(first) as { services: object };
    const dependencies = { login: { kind: "openid", issuer } };
    try {
      stack.configure(
        config(first, { services: { ...services, [SERVICES[0]!]: { dependencies } } }),
      );
      const { exitCode, output } = await stack.operation("status", "--deep", "--json");
      const { looks } = JSON.parse(output) as DeepStatus;
      expect(looks.filter(({ condition }) => condition !== "good")).toEqual([]);
      expect(looks.find(({ check }) => check === "login")?.says).toBe(`${issuer}: 1 keys`);
      expect(exitCode).toBe(0);
    } finally {
      stack.configure(config(first));
      await provider.stop();
    }
    await expectNothingRunning();
  }, 120_000);

  it("deploys and rolls back without losing a request", async () => {
    const load = startLoad();
    try {
      stack.configure(config(second));
      await succeed(stack.up());
      expect(await served()).toEqual(second);
      const back = await stack.operation("rollback");
      expect(back).toMatchObject({ exitCode: 0 });
      expect(await served()).toEqual(first);
    } finally {
      const result = await load.stop();
      expect(result.sent).toBeGreaterThan(100);
      expect(result.lost).toEqual([]);
    }
    expect(await stack.operation("status")).toMatchObject({ exitCode: 0 });
    await expectNothingRunning();
  }, 300_000);

  it("is compared with what was released, and mended there by the command that is named", async () => {
    const { activeColor } = await stack.outputs();
    const name = `${stack.prefix}-${activeColor}-${SERVICES[0]}-0`;
    await execa("docker", ["update", "--memory=300m", "--memory-swap=300m", name]);
    const { exitCode, output } = await stack.operation("drift", "--json");
    const { findings, unseen } = JSON.parse(output) as Drift;
    expect([exitCode, unseen]).toEqual([1, []]);
    const [found, ...others] = withoutNotes(findings);
    expect([found?.id, others]).toEqual([`limits-changed/${name}`, []]);
    expect(found?.repair).toMatch(/^ssh -i \S+ -p 18249 \S+ 'docker update /);
    // Whoever types it has accepted the host's key before.
    const known = `-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${server.directory}/known`;
    await execa("bash", ["-c", found!.repair!.replace("ssh ", `ssh ${known} `)]);
    expect(await stack.operation("drift")).toMatchObject({ exitCode: 0 });
    await expectNothingRunning();
  }, 120_000);

  it("is refreshed from a checkout that has never seen the host", async () => {
    const result = await stack.pulumi(["refresh", "--yes", "--stack", stack.name]);
    expect({ ...result }).toMatchObject({ exitCode: 0 });
  }, 120_000);
});

describe("a connection that is cut during an update", () => {
  it("fails it clearly, and the next update converges", async () => {
    const before = await served();
    const third = await deriveRelease(first, "hosts-3");
    stack.configure(config(third));
    const load = startLoad();
    try {
      const cut = await stack.upDisturbedAt(/gate (creating|updating)/, () =>
        server.stop().then(() => server.cutConnections()),
      );
      expect(cut.exitCode).not.toBe(0);
      expect(cut.output).toContain(server.url);
      expect(cut.output).not.toMatch(/is rejected/);
      expect(await served()).toEqual(before);
      await server.listen();
      await succeed(stack.up());
      expect(await served()).toEqual(third);
    } finally {
      expect((await load.stop()).lost).toEqual([]);
    }
    const { pendingOperations } = await stack.exported();
    expect(pendingOperations).toEqual([]);
    const placed = await stack.host.records.readPlacement(
      (await stack.host.edge.readActiveColor())!,
    );
    expect(digestsOf(placed!.record)).toEqual(third);
    await expectNothingRunning();
  }, 300_000);
});

describe("a changed host key", () => {
  it("is refused with both fingerprints before anything is touched, until the configuration says so", async () => {
    const known = server.hostKey;
    const before = [await stack.containers(), await served()];
    await server.changeHostKey();
    const release = await deriveRelease(first, "hosts-4");
    stack.configure(config(release, { hostKey: known }));
    const refused = await stack.up();
    expect(refused.exitCode).not.toBe(0);
    for (const key of [known, server.hostKey]) {
      const { stdout } = await execa("ssh-keygen", ["-lf", "-"], { input: key });
      expect(refused.output).toContain(stdout.split(" ")[1]);
    }
    expect([await stack.containers(), await served()]).toEqual(before);
    stack.configure(config(release));
    await succeed(stack.up());
    expect(await served()).toEqual(release);
  }, 240_000);
});

describe("a stack on a host over SSH that is destroyed", () => {
  it("leaves nothing there, not even what no state knows, and can be made anew", async () => {
    const left = `${stack.prefix}-left`;
    const [service = "", digest = ""] = Object.entries(first)[0] ?? [];
    const image = `localhost:5000/maestro/${service}@${digest}`;
    await execa("docker", [
      "create",
      "--name",
      left,
      "--label",
      `${LABELS.stack}=${stack.prefix}`,
      image,
    ]);
    await succeed(stack.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack.name]));
    expect(await succeed(stack.destroy())).toContain(`removed ${left}, which no state knows`);
    expect((await stack.containers()).size).toBe(0);
    expect(await stack.host.edge.readActiveColor()).toBeNull();
    stack.configure(config(first));
    await succeed(stack.up());
    expect(await served()).toEqual(first);
    await expectNothingRunning();
  }, 240_000);
});
