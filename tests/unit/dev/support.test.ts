import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { STACK_INDICES } from "../../support/stackIndices";

const SUPPORT = path.join(__dirname, "../../support");
/** Stacks that share an index, on purpose. */
const TOGETHER = [
  ["itest-release", "itest-frontends", "bench-page", "itest-drift", "itest-rules"],
  ["itest-kill", "itest-troubles"],
  ["itest-faults", "itest-notices"],
  ["itest-edge", "itest-flows"],
  ["itest-keep", "itest-approvals"],
  ["itest-load", "load", "itest-shares"],
  ["bench", "itest-guides"],
  ["bench-scale", "itest-plugin"],
  ["itest-migrate", "itest-depth"],
  ["itest-migfault", "itest-rolling"],
  ["bench-migrate", "itest-traffic"],
  ["itest-harm", "itest-pipes"],
  ["harm", "itest-health"],
  [
    "itest-hardening",
    "itest-access",
    "itest-operations",
    "itest-stateful",
    "itest-by-hand",
    "itest-prune",
    "itest-prune-other",
  ],
  ["itest-input", "itest-delivery"],
  ["itest-two-acme", "itest-two-bolt"],
  ["itest-instance", "itest-certificates"],
  ["itest-harm-first", "itest-pipes-live"],
  ["itest-logins", "itest-observability"],
  ["itest-migback", "itest-backups"],
];

describe("what tests are built from", () => {
  it("is on its page, file by file", () => {
    const page = readFileSync(path.join(SUPPORT, "README.md"), "utf8");
    const told = [...page.matchAll(/`([\w./]+(?:\.ts|\/))`/g)].map(([, name]) => name!);
    const files = readdirSync(SUPPORT)
      .filter((name) => name.endsWith(".ts"))
      .concat("badInput/");
    expect(told.sort()).toEqual(files.sort());
  });

  it("gives each stack an index of its own", () => {
    const shared = Object.entries(STACK_INDICES)
      .filter(([name, index]) =>
        Object.entries(STACK_INDICES).some(([other, its]) => other !== name && its === index),
      )
      .map(([name]) => name);
    expect(shared).toEqual(TOGETHER.flat());
    expect(Math.max(...Object.values(STACK_INDICES))).toBeLessThanOrEqual(35);
  });
});
