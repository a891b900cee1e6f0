import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import execa from "execa";
import { packageRoot } from "../../config/project";
import { usedApprovals } from "../../records/usedUp";
import { goHttpbinService } from "../support/foreignServices";
import { pushForeignImage } from "../support/foreignImages";
import { succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-approvals");
/** Of the project, whose root is this repository. */
const DIRECTORY = ".maestro/tests/itest-approvals/people";
const directory = path.join(packageRoot(), DIRECTORY);
const APPROVALS = { required: 2, signers: `${DIRECTORY}/approvers`, directory: DIRECTORY };
let digest: string;

beforeAll(async () => {
  digest = await pushForeignImage("go-httpbin");
  await stack.create({});
  mkdirSync(directory, { recursive: true });
  const signers = ["alice", "bob"].map(async (name) => {
    const key = path.join(directory, name);
    rmSync(key, { force: true });
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    return `${name}@example.com ${readFileSync(`${key}.pub`, "utf8")}`;
  });
  writeFileSync(path.join(directory, "approvers"), (await Promise.all(signers)).join(""));
  configure("1");
  await succeed(stack.up());
});

afterAll(async () => {
  await stack.remove();
  rmSync(directory, { recursive: true, force: true });
});

function configure(version: string, gates?: object): void {
  const services = { web: goHttpbinService({ env: { VERSION: version } }) };
  stack.configure({
    release: { web: digest },
    servicesFile: stack.writeServices(services),
    rollout: { drainSeconds: 1 },
    ...(gates ? { gates } : {}),
  });
}

async function serving(): Promise<string> {
  return (await stack.outputs()).release.id;
}

it("a release that two people have to approve waits for both, and going back for nobody", async () => {
  const first = await serving();
  configure("2", { approvals: APPROVALS });
  const preview = await succeed(stack.pulumi(["preview", "--stack", stack.name]));
  const command = /who may, runs `maestro approve (\w+) --stack \S+ --replaces (\w+)`/.exec(
    preview,
  );
  const [, release, replaces] = command ?? [];
  expect([preview, replaces]).toEqual([expect.stringContaining("0 of 2 people"), first]);
  expect((await stack.up()).output).toContain("0 of 2 people have approved");

  const approve = (who: string) =>
    succeed(
      stack.operation("approve", release!, "--replaces", first, "--key", path.join(directory, who)),
    );
  await approve("alice");
  const half = await stack.up();
  expect(half.exitCode).not.toBe(0);
  expect(half.output).toContain("1 of 2 people have approved (alice@example.com)");
  expect(await serving()).toBe(first);

  await approve("bob");
  const result = await succeed(stack.up());
  expect(result).toContain("approved by alice@example.com, bob@example.com");
  expect(await serving()).toBe(release);
  const approved = (await stack.host.records.events.list()).find(({ kind }) => kind === "approved");
  expect(approved?.approvals).toHaveLength(2);
  expect(usedApprovals(await stack.host.records.events.list())).toHaveLength(2);

  await succeed(stack.operation("rollback"));
  expect(await serving()).toBe(first);
});

it("a release waits for a reviewer of GitHub's environment who does not deploy it", async () => {
  const first = await serving();
  const reviewers: string[] = [];
  // GitHub's answer as its reference shows it.
  const server = createServer((_request, response) => {
    const environments = [{ id: 161088068, name: "production" }];
    const reviews = reviewers.map((login) => ({
      ...{ state: "approved", comment: "Ship it!", environments },
      user: { login, id: 1, type: "User" },
    }));
    response.end(JSON.stringify(reviews));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const job = {
    GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ GITHUB_REPOSITORY: "acme/shop", GITHUB_RUN_ID: "17", GITHUB_TOKEN: "ghs_x" },
    GITHUB_ACTOR: "dora",
  };
  try {
    configure("3", { githubEnvironment: { name: "production" } });
    stack.extraEnvironment["GITHUB_RUN_ID"] = "";
    expect((await stack.up()).output).toContain("this is no job of GitHub Actions");
    Object.assign(stack.extraEnvironment, job);
    reviewers.push("dora");
    expect((await stack.up()).output).toContain("approved for production by dora alone");
    expect(await serving()).toBe(first);
    reviewers.push("alice");
    await succeed(stack.up());
    expect(await serving()).not.toBe(first);
    const events = await stack.host.records.events.list();
    expect(events.at(-1)).toMatchObject({ kind: "moved", by: "dora" });
    expect(JSON.stringify(await stack.exported())).not.toContain("ghs_x");
  } finally {
    server.close();
    for (const name of Object.keys(job)) delete stack.extraEnvironment[name];
  }
});
