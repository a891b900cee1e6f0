import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { EcrFindings } from "../../../registry/ecrFindings";

const DIGEST = `sha256:${"a".repeat(64)}`;
const before = { ...process.env };
const asked: { nextToken?: string }[] = [];
let server: Server;

/** moto gives no pages; this answers as ECR does. */
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const question = JSON.parse(body) as { nextToken?: string };
      asked.push(question);
      const page = Number(question.nextToken ?? "1");
      const findings = [{ name: `CVE-2026-${page}`, severity: "HIGH" }];
      const more = page < 3 ? { nextToken: String(page + 1) } : {};
      response.setHeader("content-type", "application/x-amz-json-1.1");
      const imageScanStatus = { status: "COMPLETE" };
      response.end(JSON.stringify({ imageScanFindings: { findings }, imageScanStatus, ...more }));
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "any",
  });
});
afterAll(() => {
  process.env = before;
  server.close();
});

it("all pages of a scan are read", async () => {
  const ecr = new EcrFindings({ accountId: "123456789012", region: "eu-west-1" });
  const { findings, status } = await ecr.read("shop/web", DIGEST);
  ecr.close();
  expect(findings.map(({ name }) => name)).toEqual(["CVE-2026-1", "CVE-2026-2", "CVE-2026-3"]);
  expect(status).toBe("COMPLETE");
  expect(asked.map(({ nextToken }) => nextToken)).toEqual([undefined, "2", "3"]);
});
