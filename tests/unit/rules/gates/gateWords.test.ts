import { describeGates } from "../../../../rules/gates/gateWords";
import type { GateSettings } from "../../../../rules/gates/gateSettings";

const MONDAY_NOON = new Date("2026-11-30T11:00:00Z");
const ALL: GateSettings = {
  window: {
    timeZone: "Europe/Berlin",
    open: [{ days: ["mon"], from: "09:00", to: "16:00" }],
    freezes: [{ from: "2026-12-20T00:00", to: "2027-01-02T00:00", reason: "holidays" }],
  },
  approvals: {
    ...{ required: 2, signers: "allowed_signers", directory: "approvals", expiresAfterHours: 24 },
  },
  githubEnvironment: { name: "production" },
  scans: {
    ...{
      source: "ecr",
      directory: "scans",
      refuse: "high",
      onlyFixable: true,
      onMissing: "refuse",
    },
    waivers: [{ id: "CVE-1", reason: "unused", owner: "ada", expires: "2026-12-20T00:00" }],
  },
  sboms: { directory: "sboms", onMissing: "pass" },
  signatures: { key: "cosign.pub", transparencyLog: false, waivers: [] },
  modules: [{ module: "gates/ticket.js", options: {} }],
};

it("says what each gate wants, and whether the window is open", () => {
  expect(describeGates(ALL, MONDAY_NOON).map(({ name, wants, now }) => [name, wants, now])).toEqual(
    [
      [
        "window",
        "mon 09:00 to 16:00; not 2026-12-20T00:00 to 2027-01-02T00:00 (holidays); Europe/Berlin",
        expect.stringMatching(/^open until .*16:00/),
      ],
      ["approvals", "2 of those in allowed_signers, each at most 24 h old", null],
      ["githubEnvironment", "the reviewers of production have let the job go on", null],
      [
        "scans",
        "no finding of high or worse that another version mends, by the registry's scans; no report: refused; " +
          "a waiver of ada until 2026-12-20T00:00",
        null,
      ],
      ["sboms", "a list of parts for each image, in sboms", null],
      ["signatures", "each image is signed with cosign.pub", null],
      ["modules", "what gates/ticket.js asks for", null],
    ],
  );
});

it("says until when a window is closed", () => {
  const night = new Date("2026-11-30T20:00:00Z");
  expect(describeGates(ALL, night)[0]!.now).toMatch(/^closed: outside of the hours.*09:00/);
});

it("has nothing to say of a stack without any", () => {
  expect(describeGates(null, MONDAY_NOON)).toEqual([]);
});
