import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { explainAwsError } from "../../../registry/awsError";
import { RegistryClient } from "../../../registry/registryClient";

function failure(name: string, message = "words of AWS"): Error {
  return Object.assign(new Error(message), { name });
}

describe("explainAwsError", () => {
  // prettier-ignore
  it.each<[string, Error, string]>([
    ["expired credentials", failure("ExpiredTokenException"), "logging in failed: the AWS credentials have expired; log in again (`aws sso login`), or renew them (ExpiredTokenException)"],
    ["a wrong clock", failure("InvalidSignatureException", "Signature expired: 20260101 is now earlier than 20260102"), "logging in failed: this machine's clock differs from AWS's by minutes; set it (`timedatectl`) (InvalidSignatureException)"],
    ["a wrong secret key", failure("InvalidSignatureException", "The request signature we calculated does not match"), "logging in failed: the AWS secret key does not belong to the access key; set both again (InvalidSignatureException)"],
    ["throttling", failure("ThrottlingException"), "logging in failed: AWS still limits the rate of requests after several tries; wait and run it again (ThrottlingException)"],
    ["no right", failure("AccessDeniedException"), "logging in failed: the role may not do this; give it the action that docs/environments.md lists for this step (AccessDeniedException)"],
    ["no credentials", failure("CredentialsProviderError"), "logging in failed: there are no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in (CredentialsProviderError)"],
    ["something else", failure("ServerException"), "logging in failed: ServerException: words of AWS"],
  ])("names %s and what to do", (_, error, message) => {
    expect(explainAwsError(error, "logging in")).toBe(message);
  });
});

describe("a registry that limits the rate of requests", () => {
  let server: Server;
  let refusals = 0;
  let requests = 0;

  beforeAll(async () => {
    server = createServer((_, response) => {
      requests += 1;
      response.statusCode = requests <= refusals ? 429 : 200;
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());

  function read(refused: number) {
    refusals = refused;
    requests = 0;
    const { port } = server.address() as AddressInfo;
    const client = new RegistryClient(() => Promise.resolve(null));
    return client.readManifest({ address: `127.0.0.1:${port}`, path: "team/web" }, "latest");
  }

  it("is asked again", async () => {
    expect((await read(1))?.body).toBe("{}");
    expect(requests).toBe(2);
  });

  it("is given up on after five tries, named", async () => {
    await expect(read(9)).rejects.toThrow(
      /^registry 127\.0\.0\.1:\d+: it still limits the rate of requests after several tries \(429\); wait and run it again; asked for team\/web$/,
    );
    expect(requests).toBe(5);
  });
});
