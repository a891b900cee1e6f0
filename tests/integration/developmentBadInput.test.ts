import { connectEngine } from "../../host/engine";
import { builtImages, TestStack } from "../support/testStack";

jest.setTimeout(120_000);

const stack = new TestStack("itest-input");
const engine = connectEngine();

beforeAll(() => stack.create({}));
afterAll(() => stack.remove());

/** Everything that an update could make: containers, networks, records, resources in the state. */
async function touched(): Promise<unknown> {
  const networks = await engine.listNetworks({ filters: { name: [stack.prefix] } });
  const { resources } = await stack.exported();
  return {
    containers: [...(await stack.containers()).keys()],
    networks: networks.map(({ Name }) => Name),
    records: await stack.host.records.exists(),
    resources: resources.filter(({ type }) => !type.startsWith("pulumi:")),
  };
}

const NOTHING = { containers: [], networks: [], records: false, resources: [] };
/** Lines of a stack trace, and what an exception looks like. */
const TRACE = /^\s+at .*[(:]\d+|node_modules|Unhandled|TypeError/m;

it("names every wrong value of a configuration at once, in a preview and in an update", async () => {
  const servicesFile = stack.writeServices({
    web: { port: 70000, user: "root", env: { MAX: 5 }, health: { readyPath: "up" }, imge: "x" },
    "Web_App!": {},
    api: { route: { host: "a;b" }, dependsOn: ["wbe"] },
  });
  stack.configure({
    servicesFile,
    release: { web: "latest" },
    rollout: { drainSeconds: "10s" },
    registry: "localhost:5000",
    edge: { gzip: "on" },
    canary: { steps: [10, 5] },
  });
  const preview = await stack.preview();
  const update = await stack.up();
  for (const { exitCode, output } of [preview, update]) {
    expect(exitCode).not.toBe(0);
    const issues = output.split("\n").map((line) => line.trim());
    expect(issues).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/13 problems in the configuration of stack "itest-input":$/),
        expect.stringMatching(/^registry: must be an object, got "localhost:5000"; /),
        'edge.gzip: must be true or false, got "on"',
        'rollout.drainSeconds: must be an integer from 1 to 3600, got "10s"',
        expect.stringMatching(/^release.web: must be a digest, since a tag can move, got "latest"/),
        expect.stringMatching(/^canary: unknown key; /),
        "services.web.port: must be an integer from 1 to 65535, got 70000",
        expect.stringMatching(/^services.web.user: must be a non-zero uid .*, got "root"/),
        "services.web.env.MAX: must be a string, got a number; put it in quotes",
        expect.stringMatching(/^services.web.health.readyPath: must be a path .*, got "up"/),
        expect.stringMatching(/^services.web.imge: unknown key; /),
        expect.stringMatching(/^services: name "Web_App!" must match /),
        expect.stringMatching(/^services.api.dependsOn: .* got "wbe"; did you mean `web`\?$/),
        expect.stringMatching(/^services.api.route.host: must be a DNS name .*, got "a;b"/),
      ]),
    );
    expect(output).not.toMatch(TRACE);
  }
  expect(await touched()).toEqual(NOTHING);
});

it("names everything that host and registry lack at once, before anything is touched", async () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const [processors, ...services] = Object.keys(builtImages().release);
  stack.configure({
    release: { ...builtImages().release, [services[0]!]: digest },
    services: { [processors!]: { resources: { cpus: "199" } } },
    edge: {
      tls: {
        listen: "127.0.0.1:18312",
        certificateFile: "/nowhere/certificate.pem",
        keyFile: __filename,
      },
    },
  });
  const { exitCode, output } = await stack.preview();
  expect(exitCode).not.toBe(0);
  expect(output).toContain(`services.${processors}.resources.cpus: is more than the `);
  expect(output).toContain(
    'edge.tls.certificateFile: no such file, got "/nowhere/certificate.pem"',
  );
  expect(output).toContain(`edge.tls.keyFile: is not a private key, got "${__filename}"`);
  expect(output).toContain(`release.${services[0]}: the registry does not have localhost:5000/`);
  expect(output).not.toMatch(TRACE);
  expect(await touched()).toEqual(NOTHING);
});
