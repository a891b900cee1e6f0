import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { stringify } from "yaml";
import { packageRoot } from "../../config/project";
import { readShownKey } from "../../host/ssh/shownKey";
import { builtImages } from "../support/builtImages";
import { forgetUses } from "../support/machineUses";
import { finish, succeed } from "../support/runResult";
import { SshServer } from "../support/sshServer";

jest.setTimeout(60_000);

const PROJECT = "itest-setup";
const server = new SshServer(18369);
const root = mkdtempSync(path.join(tmpdir(), "maestro-setup-"));
/** The stack's directory on the host, which is this machine. */
const directory = path.join(server.directory, "stack");

beforeAll(async () => {
  await server.start();
  writeFileSync(path.join(root, "Pulumi.yaml"), `name: ${PROJECT}\nruntime: nodejs\n`);
  writeFileSync(path.join(root, "services.yaml"), "services: { hello: {} }\n");
});

afterAll(async () => {
  await server.remove();
  await forgetUses(PROJECT, root);
  rmSync(root, { recursive: true, force: true });
});

/** `maestro setup` of a stack on the host. */
function setUp(changes: object) {
  const config = {
    "maestro:host": server.url,
    "maestro:identityFile": server.identityFile,
    "maestro:directory": directory,
    "maestro:registry": { address: "localhost:5000" },
    "maestro:edge": {
      image: builtImages().edge,
      listen: "127.0.0.1:18366",
      preview: "127.0.0.1:18367",
    },
    "maestro:network": { subnet: "10.212.0.0/16" },
    ...changes,
  };
  writeFileSync(path.join(root, "Pulumi.demo.yaml"), stringify({ config }));
  const launcher = path.join(packageRoot(), "bin", "maestro.js");
  const environment = {
    PULUMI_BACKEND_URL: `file://${root}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
  };
  return finish(
    execa("node", [launcher, "setup", "--stack", "demo"], {
      cwd: root,
      env: environment,
      all: true,
      reject: false,
    }),
  );
}

it("asks a host for its key without logging in", async () => {
  const { line, fingerprint } = await readShownKey({
    user: "nobody",
    name: "127.0.0.1",
    port: server.port,
  });
  expect(line).toBe(server.hostKey.trim());
  expect(fingerprint).toMatch(/^SHA256:\S{43} \(ssh-ed25519\)$/);
  expect(server.output).not.toContain("Accepted");
  const silent = readShownKey({ user: "nobody", name: "127.0.0.1", port: 1 });
  await expect(silent).rejects.toThrow("ssh://nobody@127.0.0.1:1: asking for its key: ");
});

it("shows the key of a host that has none in the configuration, and changes nothing", async () => {
  const { exitCode, output } = await setUp({});
  expect(exitCode).toBe(1);
  expect(output).toContain(`  maestro:hostKey: ${server.hostKey.trim()}\n`.trimEnd());
  expect(output).toContain("/etc/ssh/ssh_host_ed25519_key.pub");
  expect(existsSync(directory)).toBe(false);
});

it("makes the stack's directory on a host whose key is known, and the stack", async () => {
  const output = await succeed(setUp({ "maestro:hostKey": server.hostKey.trim() }));
  expect(output).toMatch(/host.*ssh:.*Docker \d+\..*\/stack/);
  expect(existsSync(directory)).toBe(true);
  expect(existsSync(path.join(root, ".pulumi/stacks", PROJECT, "demo.json"))).toBe(true);
});
