import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { askGates, describeRefusals } from "../../../gates/askGates";
import type { GateQuestion } from "../../../gates/gate";
import type { ScanSettings } from "../../../rules/gates/scanRules";

const NEW = `sha256:${"a".repeat(64)}`;
const SERVING = `sha256:${"b".repeat(64)}`;
const IMAGE = "localhost:5000/maestro/web";
const SETTINGS: ScanSettings = {
  ...{ directory: "scans", refuse: "critical", onlyFixable: true, onMissing: "refuse" },
  waivers: [],
};
const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString();
const wallTime = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 16);

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-scans-"));
  mkdirSync(path.join(root, "scans"));
});
afterEach(() => rmSync(root, { recursive: true }));

type Finding = readonly [id: string, name: string, severity: string, fixed?: boolean];

function write(digest: string, report: unknown): void {
  const text = typeof report === "string" ? report : JSON.stringify(report);
  writeFileSync(path.join(root, "scans", `${digest.slice(7)}.json`), text);
}

/** As Trivy writes it. */
const trivy = (digest: string, findings: readonly Finding[], at = daysAgo(0)) => ({
  ...{
    SchemaVersion: 2,
    CreatedAt: at,
    ArtifactName: "registry/web",
    ArtifactType: "container_image",
  },
  Metadata: { ImageID: "sha256:00", RepoDigests: [`registry/web@${digest}`] },
  Results: [
    { Target: "registry/web (debian 12)", Class: "os-pkgs" },
    {
      ...{ Target: "Python", Class: "lang-pkgs" },
      Vulnerabilities: findings.map(([VulnerabilityID, PkgName, severity, fixed = true]) => ({
        ...{ VulnerabilityID, PkgName, InstalledVersion: "1", Severity: severity.toUpperCase() },
        ...(fixed ? { FixedVersion: "2" } : {}),
      })),
    },
  ],
});

/** As Grype writes it. */
const grype = (digest: string, findings: readonly Finding[], at = daysAgo(0)) => ({
  matches: findings.map(([id, name, severity, fixed = true]) => ({
    vulnerability: { id, severity, fix: { versions: [], state: fixed ? "fixed" : "not-fixed" } },
    artifact: { name, version: "1" },
  })),
  source: { type: "image", target: { manifestDigest: digest, repoDigests: [] } },
  descriptor: { name: "grype", version: "0.121.2", timestamp: at },
});

async function answer(settings: Partial<ScanSettings> = {}): Promise<string> {
  const gates = { window: null, modules: [], scans: { ...SETTINGS, ...settings } };
  const question: GateQuestion = {
    moment: "place",
    ...{ stack: "production", release: "a23456789abc" },
    ...{ digests: { web: NEW }, images: { web: `${IMAGE}@${NEW}` } },
    ...{ servingDigests: { web: SERVING }, replaces: "b23456789abc" },
    ...{ traffic: { bakeSeconds: 0, canary: null }, deployer: "ci", usedApprovals: [] },
  };
  return describeRefusals(await askGates(gates, root, question));
}

describe.each([
  ["Trivy", trivy],
  ["Grype", grype],
])("a report of %s", (_name, report) => {
  it("lets a release out that has nothing bad, and keeps one in that has", async () => {
    write(NEW, report(NEW, [["CVE-1", "zlib", "High"]]));
    expect(await answer()).toBe("");
    expect(await answer({ refuse: "high" })).toBe(
      "gate scans: web: CVE-1 in zlib (high); update the package, or waive it for a time",
    );
    write(NEW, report(NEW, [["CVE-2", "openssl", "Critical"]]));
    expect(await answer()).toContain("CVE-2 in openssl (critical)");
  });

  it("does not keep a release in for what nobody has mended, or what serves already", async () => {
    write(NEW, report(NEW, [["CVE-2", "openssl", "Critical", false]]));
    expect(await answer()).toBe("");
    expect(await answer({ onlyFixable: false })).toContain("CVE-2");
    write(NEW, report(NEW, [["CVE-2", "openssl", "Critical"]]));
    write(SERVING, report(SERVING, [["CVE-2", "openssl", "Critical"]], daysAgo(30)));
    expect(await answer()).toBe("");
  });

  it.each([
    ["is of another image", () => report(SERVING, [])],
    ["is 6 days old, at most 5 count", () => report(NEW, [], daysAgo(6.5))],
    ["does not say when it was made", () => report(NEW, [], "soon")],
  ])("counts for nothing where it %s", async (says, made) => {
    write(NEW, made());
    expect(await answer()).toContain(says);
  });

  it("is passed by a waiver of its finding, as long as that holds", async () => {
    write(NEW, report(NEW, [["CVE-2", "openssl", "Critical"]]));
    const waiver = { id: "CVE-2", reason: "no TLS here", owner: "ops", expires: wallTime(30) };
    expect(await answer({ waivers: [waiver] })).toBe("");
    expect(await answer({ waivers: [{ ...waiver, package: "openssl" }] })).toBe("");
    expect(await answer({ waivers: [{ ...waiver, package: "zlib" }] })).toContain("CVE-2");
    expect(await answer({ waivers: [{ ...waiver, expires: wallTime(-1) }] })).toContain("CVE-2");
    expect(await answer({ waivers: [{ ...waiver, expires: wallTime(120) }] })).toMatch(
      /the waiver of CVE-2 runs until .*; at most 90 days count/,
    );
  });
});

describe("an image without a report", () => {
  it("keeps the release in, or lets it out where the stack says so, and tells of it", async () => {
    const warn = jest.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(await answer()).toContain(`web: scans/${NEW.slice(7)}.json is not there`);
    expect(await answer({ onMissing: "pass" })).toBe("");
    expect(warn.mock.lastCall?.[0]).toContain("is not there; it counts as scanned");
  });

  it.each(["", "[]", "{}", '{"matches": 3}', "<html>"])(
    "is one with %j for a report, too",
    async (text) => {
      write(NEW, text);
      expect(await answer()).toContain("is no report of Trivy or Grype in JSON");
    },
  );
});
