import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { deleteFromEcr } from "../../../registry/ecrDelete";

interface Question {
  readonly repositoryName: string;
  readonly imageIds: readonly { readonly imageDigest: string }[];
}

const digest = (number: number) => `sha256:${String(number).padStart(64, "0")}`;
const ECR = { accountId: "123456789012", region: "eu-west-1" };
const before = { ...process.env };
const asked: Question[] = [];
let server: Server;

/** moto refuses nothing; this refuses as ECR does. */
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const question = JSON.parse(body) as Question;
      asked.push(question);
      const failures = [
        {
          imageId: { imageDigest: digest(0) },
          failureCode: "ImageNotFound",
          failureReason: "none",
        },
        {
          imageId: { imageDigest: digest(1) },
          failureCode: "ImageReferencedByManifestList",
          failureReason: "Requested image referenced by manifest list",
        },
      ];
      response.setHeader("content-type", "application/x-amz-json-1.1");
      const isFirst = question.imageIds[0]?.imageDigest === digest(0);
      response.end(JSON.stringify({ imageIds: [], failures: isFirst ? failures : [] }));
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

it("images are removed from ECR a hundred at a time, and what stays is told with its reason", async () => {
  const digests = Array.from({ length: 150 }, (_, number) => digest(number));
  expect(await deleteFromEcr(ECR, "shop/web", digests)).toEqual([
    `shop/web@${digest(1)}: Requested image referenced by manifest list`,
  ]);
  expect(asked.map(({ imageIds }) => imageIds.length)).toEqual([100, 50]);
  expect(asked[0]).toMatchObject({ repositoryName: "shop/web" });
});
