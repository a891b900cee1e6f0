import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { GateQuestion } from "../../../gates/gate";
import { githubEnvironmentGate } from "../../../gates/githubEnvironment";

const QUESTION: GateQuestion = {
  ...{ moment: "place", stack: "production", release: "aaaaaaaaaaaa", replaces: null },
  ...{ digests: {}, images: {}, servingDigests: {}, usedApprovals: [], deployer: "dora" },
  traffic: { bakeSeconds: 60, canary: null },
};
/** A project without rules for who may do what. */
const root = __dirname;
let server: Server;
let asked: IncomingMessage[];
let answer: { status: number; body: unknown; headers?: Record<string, string> };

beforeAll((done) => {
  server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(answer.status, answer.headers);
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  }).listen(0, "127.0.0.1", done);
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
});

const job = () => ({
  GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  ...{ GITHUB_REPOSITORY: "acme/shop", GITHUB_RUN_ID: "17", GITHUB_TOKEN: "ghs_secret" },
});
const ask = (environment: Record<string, string | undefined> = job(), project = root) =>
  githubEnvironmentGate({ name: "production" }, project, environment).ask(
    QUESTION,
    AbortSignal.timeout(2_000),
  );
const review = (state: string, login: string | null, name = "production") => ({
  ...{ state, comment: "", environments: [{ id: 1, name }] },
  user: login && { login },
});

describe("an environment of GitHub", () => {
  it("lets out what another person than the deployer has approved, in this very run", async () => {
    answer = { status: 200, body: [review("approved", "alice")] };
    expect(await ask()).toBeNull();
    expect(asked[0]?.url).toBe("/repos/acme/shop/actions/runs/17/approvals");
    expect(asked[0]?.headers.authorization).toBe("Bearer ghs_secret");
  });

  it.each([
    [[], "nobody has approved run 17 for production"],
    [[review("approved", "alice", "demo")], "nobody has approved run 17 for production"],
    [[review("approved", null)], "nobody has approved run 17 for production"],
    [[review("pending", "alice")], "nobody has approved run 17 for production"],
    [[review("approved", "Dora")], "approved for production by dora alone, who deploys"],
    [
      [review("approved", "alice"), review("rejected", "bob")],
      "bob has rejected run 17 for production",
    ],
  ])("keeps a release in otherwise (%#)", async (body, says) => {
    answer = { status: 200, body };
    expect(await ask()).toContain(says);
  });

  it("lets it out for approvers of an access.yaml alone", async () => {
    const project = mkdtempSync(path.join(tmpdir(), "maestro-reviewers-"));
    const repository = "repository: acme/shop";
    const grants = [
      `{ github: { ${repository}, actor: alice, environment: production } }`,
      `{ github: { ${repository}, actor: bob, environment: demo } }`,
      `{ github: { ${repository}, actor: carol, ref: refs/heads/main } }`,
    ];
    writeFileSync(
      path.join(project, "access.yaml"),
      `roles: { approver: [${grants.join(", ")}] }\n`,
    );
    const reviewed = (...logins: string[]) => {
      answer = { status: 200, body: logins.map((login) => review("approved", login)) };
      return ask(job(), project);
    };
    expect(await reviewed("bob", "alice")).toBeNull();
    expect(await reviewed("bob", "carol", "eve")).toBe(
      "run 17 was approved for production by bob, carol, eve, who is no approver as `github` in access.yaml; an approver has to",
    );
    rmSync(project, { recursive: true });
  });

  it("keeps it in outside of a job, and asks nobody", async () => {
    expect(await ask({})).toContain("this is no job of GitHub Actions");
    expect(asked).toEqual([]);
  });

  it.each([
    [{ status: 403, body: {} }, "GitHub answers 403; give the job `permissions"],
    [{ status: 500, body: {} }, "GitHub answers 500"],
    [{ status: 302, body: {}, headers: { location: "/elsewhere" } }, "fetch failed"],
    [{ status: 200, body: "no JSON" }, "no JSON"],
  ])("cannot be asked where GitHub does not say (%#)", async (given, says) => {
    answer = given;
    await expect(ask()).rejects.toThrow(says);
    expect(asked).toHaveLength(1);
  });

  it("cannot be asked without a token", async () => {
    await expect(ask({ ...job(), GITHUB_TOKEN: undefined })).rejects.toThrow("GITHUB_TOKEN");
  });
});
