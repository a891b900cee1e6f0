import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { askGates, describeRefusals } from "../../../gates/askGates";
import { findApprovals } from "../../../gates/approvals";
import type { GateQuestion } from "../../../gates/gate";
import {
  APPROVAL_NAMESPACE,
  renderApproval,
  type ApprovedPlan,
} from "../../../rules/gates/approval";

const PLAN: ApprovedPlan = {
  ...{ stack: "production", release: "a23456789abc", replaces: "fedcba987654" },
  traffic: { bakeSeconds: 60, canary: null },
};
const SETTINGS = {
  required: 2,
  signers: "approvers",
  directory: "approvals",
  expiresAfterHours: 24,
};
const HOUR = 3_600_000;
const PEOPLE = ["alice", "bob", "carol", "mallory"];

let root: string;
let count = 0;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-approvals-"));
  const signers: string[] = [];
  for (const name of [...PEOPLE, "second"]) {
    const key = path.join(root, name);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key]);
    // Mallory has a key, and nobody has named it.
    const owner = name === "second" ? "alice" : name;
    const line = `${owner}@example.com namespaces="${APPROVAL_NAMESPACE}" `;
    if (name !== "mallory") signers.push(line + readFileSync(`${key}.pub`, "utf8"));
  }
  writeFileSync(path.join(root, "approvers"), signers.join(""));
});
afterAll(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(path.join(root, "approvals"), { recursive: true, force: true });
  mkdirSync(path.join(root, "approvals"));
});

interface Signing {
  readonly plan?: Partial<ApprovedPlan>;
  readonly at?: Date;
  readonly hours?: number;
  readonly namespace?: string;
}

/** @returns the file of what somebody has signed. */
async function sign(who: string, { plan = {}, at, hours = 24, namespace }: Signing = {}) {
  const { stack, release } = PLAN;
  count += 1;
  const file = path.join(root, "approvals", `${stack}-${release}-${count}.json`);
  writeFileSync(file, renderApproval({ ...PLAN, ...plan }, at ?? new Date(), hours));
  const key = path.join(root, who);
  await execa("ssh-keygen", ["-Y", "sign", "-f", key, "-n", namespace ?? APPROVAL_NAMESPACE, file]);
  return file;
}

const question = (changes: Partial<GateQuestion> = {}): GateQuestion => ({
  ...PLAN,
  ...{ moment: "place", digests: {}, images: {}, servingDigests: {} },
  ...{ deployer: "ci", usedApprovals: [] },
  ...changes,
});

/** What the gate says; empty: it lets the release out. */
async function answer(changes: Partial<GateQuestion> = {}, settings = SETTINGS): Promise<string> {
  const gates = { window: null, modules: [], approvals: settings };
  return describeRefusals(await askGates(gates, root, question(changes)));
}

describe("approvals", () => {
  it("let a release out once enough people have signed what it will do", async () => {
    expect(await answer()).toBe(
      "gate approvals: 0 of 2 people have approved; who may, runs `maestro approve a23456789abc --stack production --replaces fedcba987654`",
    );
    await sign("alice");
    expect(await answer()).toContain("1 of 2 people have approved (alice@example.com)");
    await sign("bob");
    expect(await answer()).toBe("");
  });

  describe("of a project with an access.yaml", () => {
    afterEach(() => rmSync(path.join(root, "access.yaml")));
    const write = (text: string) => writeFileSync(path.join(root, "access.yaml"), text);

    it("count only where they are its approvers'", async () => {
      const bob = "{ signer: bob@example.com, stacks: [demo] }";
      write(`roles: { approver: [{ signer: alice@example.com }, ${bob}] }\n`);
      for (const who of ["alice", "bob", "carol"]) await sign(who);
      const says = await answer();
      expect(says).toContain("1 of 2 people have approved (alice@example.com)");
      for (const who of ["bob", "carol"]) {
        expect(says).toContain(
          `is by ${who}@example.com, who is no approver as \`signer\` in access.yaml`,
        );
      }
    });

    it("count never where the file cannot be read", async () => {
      write("roles: [");
      for (const who of ["alice", "bob"]) await sign(who);
      expect(await answer()).toContain("cannot be asked, so it counts as closed: nobody can say");
    });
  });

  it.each<[string, Signing, string]>([
    [
      "another stack",
      { plan: { stack: "demo" } },
      'is for another plan: stack is "demo", not "production"',
    ],
    ["another release", { plan: { release: "b23456789abc" } }, "release is"],
    [
      "the place of another release",
      { plan: { replaces: null } },
      'replaces is null, not "fedcba987654"',
    ],
    [
      "another way of the traffic",
      { plan: { traffic: { bakeSeconds: 0, canary: null } } },
      "traffic is",
    ],
    ["a time that is over", { at: new Date(Date.now() - 25 * HOUR) }, "has expired"],
    ["longer than may be", { at: new Date(Date.now() - 25 * HOUR), hours: 1_000 }, "has expired"],
    ["a time to come", { at: new Date(Date.now() + HOUR) }, "is from the future"],
    ["something else", { namespace: "git" }, "has no good signature of bob@example.com"],
  ])("do not count that were given for %s", async (_what, signing, says) => {
    await sign("alice");
    await sign("bob", signing);
    expect(await answer()).toContain(says);
    expect(await answer()).toContain("1 of 2 people");
  });

  it("count with a clock that is a little off", async () => {
    await sign("alice", { at: new Date(Date.now() + 4 * 60_000) });
    await sign("bob", { at: new Date(Date.now() - 24 * HOUR - 4 * 60_000) });
    expect(await answer()).toBe("");
  });

  it("count once for each person, whatever keys they have, and not for who deploys", async () => {
    await sign("alice");
    await sign("alice");
    await sign("second");
    const says = await answer();
    expect(says).toContain("is by a key that has approved already");
    expect(says).toContain("is by alice@example.com, who has approved already");
    await sign("bob");
    expect(await answer()).toBe("");
    expect(await answer({ deployer: "Bob" })).toContain("is by bob@example.com, who deploys");
  });

  it("do not count for who has made the last commit", async () => {
    await execa("git", ["init", "-q", root]);
    const as = ["-c", "user.name=Bob", "-c", "user.email=bob@example.com"];
    await execa("git", [...as, "commit", "-q", "--allow-empty", "-m", "x"], { cwd: root });
    await sign("alice");
    await sign("bob");
    expect(await answer()).toContain("is by bob@example.com, who has made the last commit");
    rmSync(path.join(root, ".git"), { recursive: true });
  });

  it("do not count of somebody who may not approve, or after a change", async () => {
    await sign("mallory");
    expect(await answer()).toContain("is signed by nobody who may approve");
    const file = await sign("alice");
    writeFileSync(file, readFileSync(file, "utf8").replace("60", "61"));
    expect(await answer()).toContain("has no good signature of alice@example.com");
    renameSync(`${file}.sig`, `${file}.gone`);
    expect(await answer()).toContain("0 of 2 people");
  });

  it("count once: what has let a release out lets none out again", async () => {
    await sign("alice");
    await sign("bob");
    const { valid } = await findApprovals(SETTINGS, root, question());
    const usedApprovals = valid.map(({ document }) => document);
    expect(await answer({ usedApprovals })).toContain("has let a release out already");
  });

  it("keep the release in where nobody can say who may approve", async () => {
    const says = await answer({}, { ...SETTINGS, signers: "nobody" });
    expect(says).toMatch(/cannot be asked, so it counts as closed: ENOENT/);
  });
});
