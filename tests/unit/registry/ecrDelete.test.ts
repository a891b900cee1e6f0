import { deleteFromEcr } from "../../../registry/ecrDelete";
import { FakeEcr } from "../../support/fakeEcr";

interface Question {
  readonly repositoryName: string;
  readonly imageIds: readonly { readonly imageDigest: string }[];
}

const digest = (number: number) => `sha256:${String(number).padStart(64, "0")}`;
const ECR = { accountId: "123456789012", region: "eu-west-1" };
const FAILURES = [
  { imageId: { imageDigest: digest(0) }, failureCode: "ImageNotFound", failureReason: "none" },
  {
    imageId: { imageDigest: digest(1) },
    failureCode: "ImageReferencedByManifestList",
    failureReason: "Requested image referenced by manifest list",
  },
];
let ecr: FakeEcr<Question>;

/** moto refuses nothing; this refuses as ECR does. */
beforeAll(async () => {
  ecr = await FakeEcr.start(({ imageIds }) => {
    const isFirst = imageIds[0]?.imageDigest === digest(0);
    return { imageIds: [], failures: isFirst ? FAILURES : [] };
  });
});
afterAll(() => ecr.close());

it("images are removed from ECR a hundred at a time, and what stays is told with its reason", async () => {
  const digests = Array.from({ length: 150 }, (_, number) => digest(number));
  expect(await deleteFromEcr(ECR, "shop/web", digests)).toEqual([
    `shop/web@${digest(1)}: Requested image referenced by manifest list`,
  ]);
  expect(ecr.asked.map(({ imageIds }) => imageIds.length)).toEqual([100, 50]);
  expect(ecr.asked[0]).toMatchObject({ repositoryName: "shop/web" });
});
