import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { readSettings } from "../../../config/readSettings";
import { digest, EDGE_IMAGE } from "../../support/fixtures";

const SERVICES = "services:\n  web:\n    replicas: 2\n";
const home = process.cwd();
let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "maestro-read-"));
  process.chdir(directory);
  writeFileSync("services.yaml", SERVICES);
  await pulumi.runtime.setMocks(
    {
      newResource: () => {
        throw new Error("reading settings must create nothing");
      },
      call: () => {
        throw new Error("reading settings must call nothing");
      },
    },
    "maestro",
    "test",
    false,
  );
});

afterEach(() => {
  delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
  process.chdir(home);
  rmSync(directory, { recursive: true });
});

/** Sets the stack's configuration the way the engine hands it over: objects as JSON. */
function configure(changes: Record<string, string | undefined>): void {
  const config: Record<string, string | undefined> = {
    "aws:region": "eu-west-1",
    "maestro:registry": JSON.stringify({ address: "registry.example.com" }),
    "maestro:edge": JSON.stringify({ image: EDGE_IMAGE }),
    "maestro:release": JSON.stringify({ web: digest("a") }),
    ...changes,
  };
  const given = Object.entries(config).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  pulumi.runtime.setAllConfig(Object.fromEntries(given));
}

function failure(): Error {
  try {
    readSettings();
  } catch (error) {
    return error as Error;
  }
  throw new Error("the settings were accepted");
}

test("reads objects, text and services.yaml", () => {
  configure({
    "maestro:rollout": JSON.stringify({ drainSeconds: 20 }),
    "maestro:directory": "/srv/maestro",
    "maestro:allowRejected": "012345678901",
  });
  expect(readSettings()).toMatchObject({
    rollout: { drainSeconds: 20, keepPrevious: "warm" },
    directory: "/srv/maestro",
    allowRejected: "012345678901",
    services: { web: { replicas: 2, repository: "registry.example.com/maestro/web" } },
  });
});

test("takes a key with nothing behind it as left out", () => {
  configure({ "maestro:rollout": "", "maestro:services": "" });
  expect(readSettings().rollout.drainSeconds).toBe(10);
});

test("reads the services from the file the stack names", () => {
  writeFileSync("other.yaml", "services:\n  web:\n    replicas: 5\n");
  configure({ "maestro:servicesFile": "other.yaml" });
  expect(readSettings().services["web"]?.replicas).toBe(5);
});

test("throws what a user can mend as an error that Pulumi prints without a stack trace", () => {
  configure({ "maestro:release": undefined });
  expect(pulumi.RunError.isInstance(failure())).toBe(true);
});

test("lists what is wrong in the configuration, in the file and in its syntax at once", () => {
  writeFileSync("services.yaml", "services:\n  web: {}\n  web: {}\n");
  configure({
    "maestro:registry": "registry.example.com",
    "maestro:relese": "{}",
    "maestro:edge": "[]",
    "maestro:release": "latest",
  });
  expect(failure().message.split("\n  ")).toEqual([
    '5 problems in the configuration of stack "test":',
    'services.yaml:3: duplicate key "web"; keep one',
    'registry: must be an object, got "registry.example.com"; its keys are kind, address, endpoint, namespace, manage, kmsKey, pullAccounts',
    "edge: must be an object, got an empty list; its keys are image, listen, preview, tls, publicHost, trustedProxies, gzip, securityHeaders, maxHeaderLineKilobytes, maxHeaderKilobytes, memoryMegabytes, maxConcurrentRequestsPerClient, tracing",
    'release: must map services to digests, got "latest"; run `npm run images`, which writes the digests',
    "relese: unknown key; did you mean `release`?",
  ]);
});

test("refuses secrets in settings, without printing them", () => {
  const secret = "c4naryZ8kQ2xW7vL5nP3";
  configure({ "maestro:services": JSON.stringify({ web: { env: { A: secret } } }) });
  process.env["PULUMI_CONFIG_SECRET_KEYS"] = JSON.stringify(["maestro:services", "aws:token"]);
  const { message } = failure();
  expect(message).toContain("services: holds a secret, but settings are recorded in plain text");
  expect(message).not.toContain(secret);
});
