import * as pulumi from "@pulumi/pulumi";
import { SecretMissing, type SecretStore } from "../../../secretStore/store";
import { loginName } from "../../../rules/database/databaseLogins";
import { digest, EDGE_IMAGE, POSTGRES_IMAGE } from "../../support/fixtures";
import { runProgram, runProgramToError } from "../../support/program";

jest.mock("../../../targets/dockerHost/questions", () =>
  jest.requireActual<object>("../../support/hostQuestionsMock"),
);

const VALUE = "c4naryZ8kQ2xW7vL5nP3";
const CONTENT: Record<string, Record<string, string>> = {
  "quality-fabric": { SECRET_KEY: VALUE, PLAIN: VALUE },
  "automation-service": {
    DATABASE_URL: `postgresql://shop:${VALUE}@maestro-development-postgres:5432/shop`,
  },
};
let opened = 0;

const store: Partial<SecretStore> = {
  nameOf: (service) => `secret maestro/test/${service}`,
  look: (service, version) => {
    const values = CONTENT[service];
    if (!values)
      return Promise.reject(
        new SecretMissing(`secret maestro/test/${service} is not there; make it`),
      );
    return Promise.resolve({ version: version ?? "v1", keys: Object.keys(values), emptyKeys: [] });
  },
  read: (service) => Promise.resolve(CONTENT[service] ?? {}),
  managed: () => Promise.resolve(null),
};

jest.mock("../../../secretStore/openStore", () => ({
  openStore: () => {
    opened += 1;
    return Promise.resolve(store);
  },
}));

const SERVICES = [
  "automation-service",
  "k8s-execution-service",
  "maestro-gateway",
  "quality-fabric",
  "template-service",
];

function configWith(services: Record<string, object>): Record<string, unknown> {
  const none = Object.fromEntries(SERVICES.map((name) => [name, { secrets: [] }]));
  return {
    edge: { image: EDGE_IMAGE },
    release: Object.fromEntries(SERVICES.map((name) => [name, digest("a")])),
    services: { ...none, ...services },
  };
}

const SECRETS = {
  "quality-fabric": { secrets: ["SECRET_KEY", { name: "PLAIN", environment: true }] },
};

describe("the program", () => {
  it("opens no store for a stack without secrets", async () => {
    const { registrations } = await runProgram({ stack: "development", config: configWith({}) });
    expect(opened).toBe(0);
    expect(registrations.map(({ name }) => name)).not.toContain("blue-secrets");
  });

  it("delivers between claim and containers, with versions and without a value in its input", async () => {
    const { registrations, outputs } = await runProgram({
      stack: "development",
      config: configWith(SECRETS),
    });
    const delivery = registrations.find(({ name }) => name === "blue-secrets")!;
    expect(delivery.dependsOn).toEqual(["blue-claim"]);
    const input = JSON.parse(delivery.inputs["stdin"] as string) as object;
    expect(input).toMatchObject({
      stack: "development",
      color: "blue",
      secrets: { kind: "local", directory: "/dev/shm/maestro" },
      services: { "quality-fabric": { version: "v1", names: ["PLAIN", "SECRET_KEY"] } },
    });
    expect(delivery.inputs["delete"]).toBe("node bin/maestro.js removeSecrets");
    expect(JSON.stringify([delivery.inputs, outputs])).not.toContain(VALUE);
    const container = registrations.find(({ name }) => name === "blue-quality-fabric-0")!;
    expect(container.dependsOn).toContain("blue-secrets");
    const [mount] = container.inputs["mounts"] as { source: string }[];
    expect(mount).toMatchObject({ type: "bind", target: "/run/secrets", readOnly: true });
    expect(mount?.source).toMatch(
      /^\/dev\/shm\/maestro\/maestro-development\/blue\/quality-fabric-[0-9a-f]{16}$/,
    );
    const envs = container.inputs["envs"] as pulumi.Output<string[]>;
    expect(await pulumi.isSecret(envs)).toBe(true);
    const others = registrations.filter(
      ({ name }) => name.startsWith("blue-") && name !== "blue-quality-fabric-0",
    );
    expect(others.every(({ inputs }) => inputs["mounts"] === undefined)).toBe(true);
  });

  it("gives a set a login of its own in the stack's own database server, in variables too", async () => {
    const secrets = [{ name: "DATABASE_URL", environment: true }];
    const config = configWith({
      "automation-service": { secrets, migration: { command: ["up"] } },
    });
    const run = async (postgres?: object) => {
      const { registrations } = await runProgram({
        stack: "development",
        config: { ...config, ...(postgres ? { postgres } : {}) },
      });
      const inputsOf = (name: string) => registrations.find((each) => each.name === name)?.inputs;
      const envs = inputsOf("blue-automation-service-0")!["envs"] as pulumi.Output<string[]>;
      return {
        lines: await new Promise<string[]>((done) => void envs.apply(done)),
        claim: inputsOf("blue-claim")!["stdin"] as string,
        delivery: inputsOf("blue-secrets")!["stdin"] as string,
        databases: inputsOf("blue-migration-databases"),
      };
    };
    const login = loginName("automation-service", "v1");
    const own = await run({ image: POSTGRES_IMAGE });
    const address = `DATABASE_URL=postgresql://${login}:${VALUE}@maestro-development-postgres:5432/shop`;
    expect(own.lines).toContain(address);
    expect(JSON.parse(own.claim)).toMatchObject({
      record: { logins: { "automation-service": login } },
    });
    expect(own.delivery).toContain(`"login":"${login}"`);
    expect(own.databases!["delete"]).toBe("node bin/maestro.js settleDatabases");
    const other = await run();
    expect(other.lines).toContain(address.replace(login, "shop"));
    expect(other.claim + other.delivery).not.toContain("login");
    expect(other.databases).toBeUndefined();
  });

  it("refuses a release whose secrets are not there, all of them at once, without a value", async () => {
    const config = configWith({
      "quality-fabric": { secrets: ["SECRET_KEY", "OTHER"] },
      "template-service": { secrets: ["DATABASE_URL"] },
    });
    const refusal = runProgramToError({ stack: "development", config }).catch((error: unknown) =>
      String(error),
    );
    const message = await refusal;
    expect(message).toContain(
      "services.quality-fabric.secrets.OTHER: secret maestro/test/quality-fabric, version v1, has no key OTHER, its keys are SECRET_KEY, PLAIN;",
    );
    expect(message).toContain(
      "services.template-service.secrets: secret maestro/test/template-service is not there; make it",
    );
    expect(message).not.toContain(VALUE);
  });
});
