import { createHash } from "node:crypto";
import {
  CreateRepositoryCommand,
  ECRClient,
  PutImageCommand,
  StartImageScanCommand,
} from "@aws-sdk/client-ecr";
import { askGates, describeRefusals } from "../../gates/askGates";
import type { GateQuestion } from "../../gates/gate";
import type { ScanSettings } from "../../rules/gates/scanRules";
import { Moto, MOTO_ACCOUNT, MOTO_REGION } from "../support/moto";

jest.setTimeout(300_000);

const ADDRESS = `${MOTO_ACCOUNT}.dkr.ecr.${MOTO_REGION}.amazonaws.com`;
const REPOSITORY = "shop/web";
const SETTINGS: ScanSettings = {
  ...{ source: "ecr", directory: "scans", refuse: "high", onlyFixable: true },
  ...{ onMissing: "refuse", waivers: [] },
};
const environment = { ...process.env };
let moto: Moto;
let ecr: ECRClient;

beforeAll(async () => {
  moto = await Moto.start();
  Object.assign(process.env, moto.environment);
  ecr = new ECRClient(moto.client);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
});
afterAll(async () => {
  ecr.destroy();
  process.env = environment;
  await moto.stop();
});

/** @returns the digest of an image; moto takes that of its layers. */
async function push(imageTag: string, isScanned = true): Promise<string> {
  const type = "application/vnd.docker.distribution.manifest.v2+json";
  const name = createHash("sha256").update(imageTag).digest("hex");
  const part = { mediaType: type, size: 2, digest: `sha256:${name}` };
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: type,
    config: part,
    layers: [part],
  });
  const { image } = await ecr.send(
    new PutImageCommand({ repositoryName: REPOSITORY, imageManifest, imageTag }),
  );
  const imageDigest = image?.imageId?.imageDigest ?? "";
  if (isScanned) {
    await ecr.send(
      new StartImageScanCommand({ repositoryName: REPOSITORY, imageId: { imageDigest } }),
    );
  }
  return imageDigest;
}

/** What moto answers of an image, once for all. */
async function answerWith(imageDigest: string, scan: object): Promise<void> {
  const about = { registryId: MOTO_ACCOUNT, repositoryName: REPOSITORY, imageId: { imageDigest } };
  await fetch(`${moto.url}/moto-api/static/ecr/scan-finding-results`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ results: [{ ...about, ...scan }], region: MOTO_REGION }),
  });
}

async function answer(digest: string, changes: Partial<ScanSettings> = {}, serving = {}) {
  const question: GateQuestion = {
    ...{ moment: "place", stack: "production", release: "a23456789abc", replaces: null },
    ...{ digests: { web: digest }, images: { web: `${ADDRESS}/${REPOSITORY}@${digest}` } },
    ...{ traffic: { bakeSeconds: 0, canary: null }, deployer: "ci", usedApprovals: [] },
    servingDigests: serving,
  };
  const scans = { ...SETTINGS, ...changes };
  const registry = { address: ADDRESS, endpoint: ADDRESS };
  const gates = { window: null, modules: [], scans, registry };
  return describeRefusals(await askGates(gates, "/", question));
}

const scanOf = (digest: string) => `gate scans: web: ECR's scan of ${digest.slice(0, 19)}`;

describe("ECR's scans", () => {
  it("keep a release in that nobody has scanned, or with what the scan has found", async () => {
    const unscanned = await push("unscanned", false);
    expect(await answer(unscanned)).toBe(
      `${scanOf(unscanned)} is not there; turn on scans on push, or have it scanned`,
    );
    const complete = (findings: object[]) => ({
      imageScanStatus: { status: "COMPLETE" },
      imageScanFindings: { imageScanCompletedAt: Date.now() / 1000, findings },
    });
    const attributes = [{ key: "package_name", value: "zlib" }];
    const digest = await push("scanned");
    await answerWith(
      digest,
      complete([
        { name: "CVE-2026-1", severity: "HIGH", attributes },
        { name: "CVE-2026-2", severity: "HIGH" },
        { name: "CVE-2026-3", severity: "MEDIUM" },
      ]),
    );
    expect(await answer(digest)).toBe(
      "gate scans: web: CVE-2026-1 in zlib (high), CVE-2026-2 in the image (high); " +
        "update the package, or waive it for a time",
    );
    expect(await answer(digest, { refuse: "critical" })).toBe("");
    const next = await push("next");
    await answerWith(next, complete([{ name: "CVE-2026-2", severity: "HIGH" }]));
    expect(await answer(next, {}, { web: digest })).toBe("");
  });

  it.each([
    ["IN_PROGRESS", "is not done yet; run it again in a minute"],
    ["FAILED", "has no result, ECR says FAILED (it broke); scan it by another scanner"],
    [
      "UNSUPPORTED_IMAGE",
      "has no result, ECR says UNSUPPORTED_IMAGE (it broke); scan it by another scanner",
    ],
  ])("that are %s count for nothing", async (status, says) => {
    const digest = await push(`image-${status}`);
    const imageScanStatus = { status, description: "it broke" };
    await answerWith(digest, { imageScanStatus });
    expect(await answer(digest)).toBe(`${scanOf(digest)} ${says}`);
  });

  it("by Inspector go on, and say what can be mended", async () => {
    const digest = await push("inspected-image");
    const finding = (vulnerabilityId: string, fixAvailable: string, status = "ACTIVE") => ({
      ...{ severity: "CRITICAL", status, fixAvailable },
      packageVulnerabilityDetails: { vulnerabilityId, vulnerablePackages: [{ name: "zlib" }] },
    });
    const enhancedFindings = [
      finding("CVE-2026-3", "YES"),
      finding("CVE-2026-4", "NO"),
      finding("CVE-2026-5", "YES", "SUPPRESSED"),
    ];
    await answerWith(digest, {
      imageScanStatus: { status: "ACTIVE" },
      imageScanFindings: { enhancedFindings, imageScanCompletedAt: 1_700_000_000 },
    });
    expect(await answer(digest)).toBe(
      "gate scans: web: CVE-2026-3 in zlib (critical); update the package, or waive it for a time",
    );
  });

  it("keep everything in that they cannot be asked about", async () => {
    const gone = `sha256:${"f".repeat(64)}`;
    expect(await answer(gone)).toMatch(/cannot be asked, so it counts as closed: .*ImageNotFound/);
    process.env["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9";
    expect(await answer(gone)).toMatch(/counts as closed: .*ECONNREFUSED/);
    process.env["AWS_ENDPOINT_URL"] = moto.url;
  });
});
