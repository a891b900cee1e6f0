import { explainS3Failure } from "../../../../rules/backups/s3Failure";

const ours = { bucket: "backups", endpoint: "https://s3.example.com" };
const LOGIN =
  "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile or role that AWS clients find";

function answer(name: string, status: number, message = "no") {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

function explain(error: unknown, target: { bucket: string; endpoint: string | null } = ours) {
  return explainS3Failure(error, "write s3://backups/x", target);
}

describe("what a store has not done", () => {
  it.each([
    [
      "a bucket that is not there",
      answer("NoSuchBucket", 404),
      "maestro:backups.to: https://s3.example.com has no bucket backups; make it there, or name another one",
    ],
    [
      "no login",
      Object.assign(new Error("Could not load"), { name: "CredentialsProviderError" }),
      `maestro:backups.to: there is no login for https://s3.example.com; set ${LOGIN}`,
    ],
    [
      "another region",
      answer("PermanentRedirect", 301, "use another endpoint"),
      "maestro:backups.region: is not that of bucket backups at https://s3.example.com (use another endpoint); name the bucket's region",
    ],
    [
      "a server that is away",
      Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:443\nmore"), { code: "ECONNREFUSED" }),
      "maestro:backups.endpoint: https://s3.example.com cannot be reached to write s3://backups/x (ECONNREFUSED: connect " +
        "ECONNREFUSED 10.0.0.1:443); see that it runs and that this is its address, then try again",
    ],
    [
      "a server that is silent",
      Object.assign(new Error("exceeded 600000 ms"), { name: "TimeoutError", $metadata: {} }),
      "maestro:backups.endpoint: https://s3.example.com cannot be reached to write s3://backups/x (TimeoutError: exceeded " +
        "600000 ms); see that it runs and that this is its address, then try again",
    ],
    [
      "what the client itself refuses",
      new Error("Exceeded 10000 parts"),
      "maestro:backups.to: https://s3.example.com cannot write s3://backups/x (no error of its own, Error: Exceeded 10000 parts); see " +
        "that an S3 store answers there, and mend what its own log says",
    ],
    [
      "a server that has trouble",
      answer("InternalError", 500, "no space left"),
      "maestro:backups.to: https://s3.example.com cannot write s3://backups/x (500, InternalError: no space left); see that an S3 store " +
        "answers there, and mend what its own log says",
    ],
  ])("is told of %s", (_what, error, says) => {
    expect(explain(error)).toBe(says);
  });

  it.each([
    ["AccessDenied", 403],
    ["SignatureDoesNotMatch", 403],
    ["InvalidAccessKeyId", 403],
    // As a gateway calls it.
    ["XAdminUserNotFound", 404],
  ])("is told of a login: %s", (name, status) => {
    expect(explain(answer(name, status))).toBe(
      `maestro:backups.to: https://s3.example.com does not let this login write s3://backups/x (${name}: no); check ${LOGIN}, ` +
        "and that it may list, read, write and remove what is in bucket backups",
    );
  });

  it("names Amazon's own store, where no address is given", () => {
    const away = Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    expect(explain(away, { bucket: "backups", endpoint: null })).toMatch(
      /^maestro:backups\.to: Amazon S3 cannot be reached/,
    );
  });
});
