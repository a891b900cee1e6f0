import { settingsWith } from "../../support/fixtures";

describe("a stack that promotes", () => {
  const promoted = { "config.promoteFrom": "demo", "config.release": undefined };

  it("asks for a soak alone, where it asks for nothing else", () => {
    const { promotion, gates } = settingsWith(promoted);
    expect(promotion).toEqual({ from: "demo", minimumSoakSeconds: 86_400 });
    expect(gates).toBeNull();
  });

  it("has a verdict asked for where releases come from, and not at each move", () => {
    const gates = { promotion: { verdict: "pass" } };
    const settings = settingsWith({ ...promoted, "config.gates": gates });
    expect(settings.promotion).toMatchObject({ verdict: "pass" });
    expect(settings.gates).toEqual({ window: null, modules: [] });
  });
});
