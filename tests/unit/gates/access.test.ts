import { symlinkSync } from "node:fs";
import path from "node:path";
import type { Asking } from "../../../gates/access";
import { AccessFile, WISH } from "../../support/accessFile";

const alice: Asking = { environment: {}, user: { name: "alice", isRoot: false } };

let access: AccessFile;
beforeEach(() => {
  access = new AccessFile();
});
afterEach(() => access.remove());

const write = (rules: object | string) => access.write(rules);
const refusalOf = (...asked: Parameters<AccessFile["refusalOf"]>) => access.refusalOf(...asked);

describe("access.yaml", () => {
  it("is asked nothing where it is not there", async () => {
    expect(await access.admit(alice)).toBeNull();
  });

  it("lets pass who has the role, and says by what", async () => {
    write({ roles: { operator: [{ os: "alice", stacks: ["demo"] }] } });
    expect(await access.admit(alice)).toEqual({
      ...{ caller: "os user alice", roles: ["viewer", "operator"], brokeGlass: null },
      access: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
    });
  });

  it("says who was seen, which role is needed, and where it is, to who has not", async () => {
    write({ roles: { operator: [{ os: "alice", stacks: ["demo"] }] } });
    expect(await refusalOf(alice, { ...WISH, stack: "production" })).toBe(
      `maestro rollback of stack production: needs the role operator, got viewer for os user alice; ${access.file} says who has it`,
    );
  });

  it.each([
    ["no YAML", "roles: [", ":1: is not valid YAML"],
    ["empty", "", ": roles: is required"],
    ["a link that leads nowhere", null, "no such file; put it back"],
  ])("refuses everybody with what is wrong where it is %s", async (_what, text, says) => {
    if (text === null) symlinkSync(path.join(access.root, "gone.yaml"), access.file);
    else write(text);
    const refusal = await refusalOf(alice);
    expect(refusal).toContain("nobody can say who may change something:");
    expect(refusal).toContain(says);
    expect(refusal).toContain("mend the file; commands that only look still work");
  });
});

describe("in an emergency", () => {
  const glass = { MAESTRO_BREAK_GLASS: "the edge is down, carol sleeps" };
  const as = (name: string, environment: Record<string, string>, isRoot = false): Asking => ({
    environment,
    user: { name, isRoot },
  });

  it("who is listed passes for a reason, and with none is told how", async () => {
    write({ roles: {}, breakGlass: [{ os: "alice" }] });
    expect(await access.admit(as("alice", glass))).toMatchObject({
      brokeGlass: glass.MAESTRO_BREAK_GLASS,
      roles: ["viewer"],
    });
    expect(await refusalOf(alice)).toContain("set MAESTRO_BREAK_GLASS to why");
    expect(await refusalOf(as("alice", { MAESTRO_BREAK_GLASS: "now" }))).toContain(
      "needs the role",
    );
  });

  it("who is not listed does not pass, and is told nothing of it", async () => {
    write({ roles: {}, breakGlass: [{ os: "carol" }] });
    expect(await refusalOf(as("alice", glass))).not.toMatch(/let pass|MAESTRO_BREAK_GLASS/);
  });

  it.each([
    ["whole", "roles: {}"],
    ["broken", "roles: ["],
  ])("root passes where the file is %s, except in a CI's job", async (_what, text) => {
    write(text);
    expect(await access.admit(as("alice", glass, true))).toMatchObject({
      brokeGlass: glass.MAESTRO_BREAK_GLASS,
    });
    expect(await refusalOf(as("root", { ...glass, CI: "true" }, true))).not.toContain("let pass");
  });

  it("is not asked for where the role is there", async () => {
    write({ roles: { operator: [{ os: "alice" }] } });
    expect(await access.admit(as("alice", glass))).toMatchObject({ brokeGlass: null });
  });
});
