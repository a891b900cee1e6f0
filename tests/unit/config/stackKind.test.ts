import { settingsWith } from "../../support/fixtures";

describe("defaults", () => {
  test("follow the stack's kind, whatever its name: a local `dev` is as development", () => {
    const local = { "config.kind": "local", "config.registry": undefined };
    const dev = settingsWith({ stack: "dev", ...local });
    const development = settingsWith({ stack: "development", "config.registry": undefined });
    expect(dev).toEqual({ ...development, directory: "/home/me/maestro/.maestro/dev" });
    const shared = settingsWith({ stack: "development", "config.kind": "shared" });
    expect([shared.directory, shared.secrets.directory]).toEqual([
      "/var/lib/maestro/maestro-development",
      "/run/maestro",
    ]);
  });

  test.each([
    ["development", "local"],
    ["production", "production"],
    ["demo", "shared"],
  ])("of the kind of %s: %s", (stack, kind) => {
    expect(settingsWith({ stack }).kind).toBe(kind);
  });

  test.each([
    ["local", {}, "advisory"],
    ["shared", {}, "mandatory"],
    ["production", {}, "mandatory"],
    ["production", { level: "advisory" }, "advisory"],
  ])("of the policy's level: %s, %j", (kind, policy, level) => {
    const settings = settingsWith({ "config.kind": kind, "config.policy": policy });
    expect(settings.policy).toEqual({ level, file: null, exceptions: [] });
  });

  test("do not apply to a directory: development takes one relative to the project", () => {
    const settings = settingsWith({ stack: "development", "config.directory": "data/edge" });
    expect(settings.directory).toBe("/home/me/maestro/data/edge");
  });
});
