import { EcrFindings } from "../../../registry/ecrFindings";
import { FakeEcr } from "../../support/fakeEcr";

const DIGEST = `sha256:${"a".repeat(64)}`;
let fake: FakeEcr<{ readonly nextToken?: string }>;

/** moto gives no pages; this answers as ECR does. */
beforeAll(async () => {
  fake = await FakeEcr.start(({ nextToken = "1" }) => {
    const page = Number(nextToken);
    const findings = [{ name: `CVE-2026-${page}`, severity: "HIGH" }];
    const more = page < 3 ? { nextToken: String(page + 1) } : {};
    const imageScanStatus = { status: "COMPLETE" };
    return { imageScanFindings: { findings }, imageScanStatus, ...more };
  });
});
afterAll(() => fake.close());

it("all pages of a scan are read", async () => {
  const ecr = new EcrFindings({ accountId: "123456789012", region: "eu-west-1" });
  const { findings, status } = await ecr.read("shop/web", DIGEST);
  ecr.close();
  expect(findings.map(({ name }) => name)).toEqual(["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"]);
  expect(status).toBe("COMPLETE");
  expect(fake.asked.map(({ nextToken }) => nextToken)).toEqual([undefined, "2", "3"]);
});
