import { Webhook } from "standardwebhooks";
import { goHttpbinService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { answers, ChannelServer } from "../support/channelServer";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-notices");
const SECRET = `whsec_${Buffer.from("a secret of the channel").toString("base64")}`;
let server: ChannelServer;
let digest: string;
let version = 0;

beforeAll(async () => {
  server = await ChannelServer.start();
  digest = await pushForeignImage("go-httpbin");
  Object.assign(stack.extraEnvironment, { HOOK_URL: server.url, HOOK_SECRET: SECRET });
  await stack.create({});
});

afterAll(async () => {
  await stack.remove();
  await server.stop();
});

function release(healthPath = "/status/200") {
  version += 1;
  const health = { livePath: "/status/200", readyPath: healthPath, deadlineSeconds: 2 };
  const services = { web: goHttpbinService({ env: { VERSION: String(version) }, health }) };
  stack.configure({
    release: { web: digest },
    servicesFile: stack.writeServices(services),
    rollout: { drainSeconds: 1 },
    notices: { channels: [{ kind: "webhook", urlFrom: "HOOK_URL", secretFrom: "HOOK_SECRET" }] },
  });
  return stack.up();
}

/** What has arrived, once so many have; each is what the stack has signed. */
async function told(count: number): Promise<string[]> {
  const deadline = Date.now() + 20_000;
  while (server.deliveries.length < count && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return server.deliveries.map(({ body, headers }) => {
    const notice = new Webhook(SECRET).verify(body, headers as Record<string, string>);
    return (notice as { type: string }).type;
  });
}

it("tells what happens to a release, once, signed, in order", async () => {
  await succeed(release());
  expect(await told(2)).toEqual(["release.claimed", "release.moved"]);
  server.deliveries.length = 0;
  expect((await release("/status/503")).exitCode).not.toBe(0);
  expect(await told(2)).toEqual(["release.claimed", "release.rejected"]);
  expect(server.deliveries[1]!.body).toContain("/status/503 gave");
});

it("neither delays nor fails a release whose channel hangs, and goes on behind that", async () => {
  server.deliveries.length = 0;
  server.next.push(answers.hang, answers.hang, answers.hang);
  const start = Date.now();
  await succeed(release());
  expect(Date.now() - start).toBeLessThan(15_000);
  // Three tries for the first one; the second one arrives.
  const deadline = Date.now() + 40_000;
  while (server.deliveries.length < 4 && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(server.deliveries.at(-1)?.body).toContain("release.moved");
});

it("has the next command send what a deployer without the address could not", async () => {
  server.deliveries.length = 0;
  delete stack.extraEnvironment["HOOK_URL"];
  await succeed(release());
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(server.deliveries).toEqual([]);
  stack.extraEnvironment["HOOK_URL"] = server.url;
  const sent = await succeed(stack.operation("notices send"));
  expect(sent).toMatch(/webhook: was told ".*: release \w+ serves"/);
  expect(await told(2)).toEqual(["release.claimed", "release.moved"]);
});

it("shows whether a channel can be told, without its address", async () => {
  await succeed(stack.operation("notices test"));
  server.next.push(answers.status(410));
  const failed = await stack.operation("notices test");
  expect(failed.exitCode).toBe(1);
  expect(failed.output).toContain("webhook: was not told: status 410");
  expect(failed.output).not.toContain("s3cret");
});
