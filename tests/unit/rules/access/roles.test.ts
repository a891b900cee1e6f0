import * as fc from "fast-check";
import {
  describeIdentities,
  isEnough,
  isNamed,
  ROLES,
  rolesOf,
  type Grant,
  type Grants,
  type Identities,
} from "../../../../rules/access/roles";

const JOB = {
  ...{ actor: "alice", repository: "acme/shop", ref: "refs/heads/main" },
  environment: "production",
};
const GITLAB = { user: "alice", project: "acme/shop", ref: "main" };
const ROLE = "arn:aws:sts::123456789012:assumed-role/deploy/ci";

describe("a line of access.yaml", () => {
  // prettier-ignore
  it.each<[about: boolean, what: string, grant: Grant, identities: Identities, stack?: string | null]>([
    [true, "a user", { os: "alice" }, { os: "alice" }],
    [false, "another user", { os: "alice" }, { os: "bob" }],
    [false, "a user whose name has another case", { os: "alice" }, { os: "Alice" }],
    [true, "every user", { os: "*" }, { os: "bob" }],
    [true, "users by how their names begin", { os: "ci-*" }, { os: "ci-7" }],
    [false, "users by how their names begin, and one by how it ends", { os: "ci-*" }, { os: "x-ci-7" }],
    [false, "a user, and a job", { os: "alice" }, { github: JOB }],
    [true, "jobs of a repository", { github: { repository: "acme/shop" } }, { github: JOB }],
    [true, "a repository whose name has another case", { github: { repository: "Acme/Shop" } }, { github: JOB }],
    [false, "jobs of another repository", { github: { repository: "acme/shop2" } }, { github: JOB }],
    [true, "a person's jobs", { github: { repository: "acme/shop", actor: "Alice" } }, { github: JOB }],
    [false, "another person's jobs", { github: { repository: "acme/shop", actor: "bob" } }, { github: JOB }],
    [true, "an environment", { github: { repository: "acme/shop", environment: "production" } }, { github: JOB }],
    [false, "an environment, and a job that names none", { github: { repository: "acme/shop", environment: "production" } }, { github: { ...JOB, environment: undefined } as never }],
    [true, "tags", { github: { repository: "acme/shop", ref: "refs/tags/v*" } }, { github: { ...JOB, ref: "refs/tags/v1" } }],
    [false, "tags, and a branch", { github: { repository: "acme/shop", ref: "refs/tags/v*" } }, { github: JOB }],
    [true, "a project", { gitlab: { project: "acme/shop", ref: "main" } }, { gitlab: GITLAB }],
    [false, "a project, and a repository of that name", { gitlab: { project: "acme/shop" } }, { github: JOB }],
    [true, "a role of AWS", { aws: "arn:aws:sts::123456789012:assumed-role/deploy/*" }, { aws: ROLE }],
    [false, "another account's role", { aws: "arn:aws:sts::999999999999:assumed-role/deploy/*" }, { aws: ROLE }],
    [true, "a signer", { signer: "Bob@example.com" }, { signer: "bob@example.com" }],
    [true, "a user on some stacks", { os: "alice", stacks: ["prod-*"] }, { os: "alice" }, "prod-eu"],
    [false, "a user on other stacks", { os: "alice", stacks: ["prod-*"] }, { os: "alice" }, "demo"],
    [false, "a user on some stacks, and what concerns none", { os: "alice", stacks: ["*"] }, { os: "alice" }, null],
    [true, "a user on all stacks, and what concerns none", { os: "alice" }, { os: "alice" }, null],
  ])("is %s for %s", (about, _what, grant, identities, stack = "demo") => {
    expect(isNamed([grant], identities, stack)).toBe(about);
  });
});

describe("roles", () => {
  it("are viewer alone for who is not named", () => {
    expect([...rolesOf({ admin: [{ os: "alice" }] }, { os: "bob" }, "demo")]).toEqual(["viewer"]);
  });

  it("make an admin an operator, and no approver", () => {
    const admin = rolesOf({ admin: [{ os: "alice" }] }, { os: "alice" }, "demo");
    expect(ROLES.filter((role) => isEnough(admin, role))).toEqual(["viewer", "operator", "admin"]);
    const approver = rolesOf({ approver: [{ os: "bob" }] }, { os: "bob" }, "demo");
    expect(ROLES.filter((role) => isEnough(approver, role))).toEqual(["viewer", "approver"]);
  });

  it("tell who was seen", () => {
    expect(describeIdentities({ os: "alice", github: JOB })).toBe(
      "os user alice, github alice of acme/shop at refs/heads/main in production",
    );
    expect(describeIdentities({})).toBe("nobody who can be named");
  });
});

const names = fc.stringMatching(/^[a-c*]{1,3}$/);
const plainNames = fc.stringMatching(/^[a-c]{1,4}$/);
const claims = fc.record(
  { repository: names, actor: names, ref: names, environment: names },
  { requiredKeys: ["repository"] },
);
const stacks = fc.option(fc.array(names, { minLength: 1, maxLength: 2 }), { nil: undefined });
const withStacks = (grant: fc.Arbitrary<Grant>) =>
  fc.tuple(grant, stacks).map(([one, on]): Grant => (on ? { ...one, stacks: on } : one));
const grants = withStacks(
  fc.oneof(
    names.map((os): Grant => ({ os })),
    names.map((signer): Grant => ({ signer })),
    claims.map((github): Grant => ({ github: github })),
  ),
);
const files: fc.Arbitrary<Grants> = fc.record({
  operator: fc.array(grants, { maxLength: 4 }),
  approver: fc.array(grants, { maxLength: 4 }),
  admin: fc.array(grants, { maxLength: 4 }),
});
const people: fc.Arbitrary<Identities> = fc.record(
  {
    os: plainNames,
    signer: plainNames,
    github: fc.record(
      { actor: plainNames, repository: plainNames, ref: plainNames, environment: plainNames },
      { requiredKeys: ["actor", "repository", "ref"] },
    ),
  },
  { requiredKeys: [] },
);
const RUNS = { numRuns: 2_000 };

describe("whatever the file says", () => {
  it("everybody is a viewer, and who is nobody is no more", () => {
    fc.assert(
      fc.property(files, people, plainNames, (file, person, stack) => {
        expect(rolesOf(file, person, stack)).toContain("viewer");
        expect([...rolesOf(file, {}, stack)]).toEqual(["viewer"]);
      }),
      RUNS,
    );
  });

  it("a further line takes no role away, and gives no other one", () => {
    fc.assert(
      fc.property(files, grants, people, plainNames, (file, line, person, stack) => {
        const before = rolesOf(file, person, stack);
        const more = { ...file, approver: [...(file.approver ?? []), line] };
        const after = rolesOf(more, person, stack);
        for (const role of before) expect(after).toContain(role);
        expect([...after].filter((role) => !before.has(role) && role !== "approver")).toEqual([]);
      }),
      RUNS,
    );
  });

  it("a line that names one more thing is about nobody more", () => {
    fc.assert(
      fc.property(claims, plainNames, people, plainNames, (wanted, ref, person, stack) => {
        const wide = { github: wanted };
        const narrow = { github: { ...wanted, ref } as object };
        const narrower: Grant = { ...narrow, stacks: ["a*"] };
        if (!("ref" in wanted) && isNamed([narrow], person, stack)) {
          expect(isNamed([wide], person, stack)).toBe(true);
        }
        if (isNamed([narrower], person, stack)) expect(isNamed([narrow], person, stack)).toBe(true);
      }),
      RUNS,
    );
  });

  it("one kind of identity never passes for another", () => {
    fc.assert(
      fc.property(grants, plainNames, plainNames, (line, name, stack) => {
        if (line.os === undefined) expect(isNamed([line], { os: name }, stack)).toBe(false);
        if (line.signer === undefined) expect(isNamed([line], { signer: name }, stack)).toBe(false);
      }),
      RUNS,
    );
  });

  it("`*` is any characters, as a regular expression has it", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ab*]{1,8}$/),
        fc.stringMatching(/^[ab]{0,10}$/),
        (os, name) => {
          const wanted = new RegExp(`^${os.replaceAll("*", ".*")}$`).test(name);
          expect(isNamed([{ os }], { os: name }, null)).toBe(wanted);
        },
      ),
      RUNS,
    );
  });
});
