import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsStore } from "../../../secretStore/awsStore";
import { SecretMissing } from "../../../secretStore/store";

const VALUE = "c4naryZ8kQ2xW7vL5nP3";
const FOUND = {
  ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:maestro/demo/web-a1b2c3",
  VersionId: "11111111-2222-3333-4444-555555555555",
  SecretString: JSON.stringify({ KEY: VALUE }),
};

/** What the service answers next; the last one again and again. */
let answers: { status: number; body: object }[];
let asked = 0;
let server: Server;
const before = { ...process.env };

const failure = (type: string, status = 400) => ({
  status,
  body: { __type: type, message: "as scripted" },
});

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      asked += 1;
      const { status, body } = answers.length > 1 ? answers.shift()! : answers[0]!;
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY: "none",
  });
});

afterAll(() => {
  process.env = before;
  server.closeAllConnections();
  server.close();
});

beforeEach(() => (asked = 0));

test("a request that is throttled is made again", async () => {
  const throttled = failure("ThrottlingException", 429);
  answers = [throttled, throttled, { status: 200, body: FOUND }];
  const content = await new AwsStore("maestro", "demo").look("web", null);
  expect(content).toEqual({ version: FOUND.VersionId, keys: ["KEY"], emptyKeys: [] });
  expect(asked).toBe(3);
});

test.each([
  ["ThrottlingException", 429, "AWS refuses, too many requests (5 attempts); run it again later"],
  [
    "AccessDeniedException",
    400,
    "is forbidden to this identity; allow it secretsmanager:GetSecretValue on it",
  ],
  ["ExpiredTokenException", 400, "the AWS credentials have expired; log in again"],
  [
    "InvalidSignatureException",
    400,
    "AWS refuses the signature (as scripted); check this machine's clock and the credentials",
  ],
  ["InvalidRequestException", 400, "cannot be used: as scripted; restore it in AWS first"],
  ["DecryptionFailure", 400, "cannot be decrypted; allow this identity kms:Decrypt on its key"],
  [
    "ResourceNotFoundException",
    400,
    "is not there any more; `npm run secrets -- list --stack demo` shows the versions that are",
  ],
])("%s is told by the secret's name, and what to do", async (type, status, message) => {
  answers = [failure(type, status)];
  const look = new AwsStore("maestro", "demo").look("web", "v1");
  await expect(look).rejects.toThrow(message);
  await expect(look).rejects.toThrow("secret maestro/demo/web, version v1,");
});

test("a secret that is not there at all is told apart, since `set` makes it", async () => {
  answers = [failure("ResourceNotFoundException")];
  await expect(new AwsStore("maestro", "demo").read("web", null)).rejects.toThrow(SecretMissing);
});

test("a malformed value is not shown", async () => {
  answers = [{ status: 200, body: { ...FOUND, SecretString: `{"KEY": "${VALUE}` } }];
  const message = await new AwsStore("maestro", "demo").look("web", null).catch(String);
  expect(message).toContain(`secret maestro/demo/web (${FOUND.ARN}) is not JSON (value hidden)`);
  expect(message).not.toContain(VALUE);
});
