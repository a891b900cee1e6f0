import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import type { Asking } from "../../../gates/access";
import { AccessFile } from "../../support/accessFile";

let access: AccessFile;
beforeEach(() => {
  access = new AccessFile();
});
afterEach(() => access.remove());

const write = (rules: object | string) => access.write(rules);
const refusalOf = (...asked: Parameters<AccessFile["refusalOf"]>) => access.refusalOf(...asked);

describe("a job of a CI", () => {
  let server: Server;
  let issuer: string;
  let keys: { publicKey: KeyObject; privateKey: KeyObject };
  let token: string;

  beforeAll(async () => {
    keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "", issuer);
      const key = {
        ...keys.publicKey.export({ format: "jwk" }),
        kid: "1",
        alg: "RS256",
        use: "sig",
      };
      const isAsked =
        request.headers.authorization === "Bearer job" && searchParams.get("audience");
      const answers: Record<string, unknown> = {
        "/.well-known/openid-configuration": { issuer, jwks_uri: `${issuer}/keys` },
        "/keys": { keys: [key] },
        "/token": isAsked ? { value: token } : {},
      };
      response.writeHead(answers[pathname] ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify(answers[pathname]));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  /** As a server of jobs signs it. */
  function sign(claims: object, by = keys.privateKey, header: object = { alg: "RS256", kid: "1" }) {
    const seconds = Math.floor(Date.now() / 1000);
    const all = { iss: issuer, aud: "maestro", iat: seconds, exp: seconds + 300, ...claims };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const body = `${part(header)}.${part(all)}`;
    return `${body}.${createSign("RSA-SHA256").update(body).sign(by).toString("base64url")}`;
  }

  const GITHUB = {
    ...{ actor: "alice", repository: "acme/shop", ref: "refs/heads/main" },
    environment: "production",
  };
  const GITLAB = { user_login: "alice", project_path: "acme/shop", ref: "main" };
  const job = (more: object = {}): Asking => ({
    environment: {
      ...{ CI: "true", GITHUB_ACTIONS: "true", GITHUB_ACTOR: "alice" },
      ...{ ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer}/token?v=1` },
      ...{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: "job", ...more },
    },
    user: { name: "runner", isRoot: true },
  });
  const rules = () => ({
    issuers: { github: issuer, gitlab: issuer },
    roles: {
      operator: [
        { github: { repository: "acme/shop", ref: "refs/heads/main", environment: "production" } },
        { gitlab: { project: "acme/shop", ref: "main" } },
      ],
    },
  });

  it("of GitHub is who GitHub's token says", async () => {
    write(rules());
    token = sign(GITHUB);
    expect(await access.admit(job())).toMatchObject({
      roles: ["viewer", "operator"],
      caller: "os user runner, github alice of acme/shop at refs/heads/main in production",
    });
  });

  it("of GitLab is who GitLab's token says", async () => {
    write(rules());
    const environment = { GITLAB_CI: "true", MAESTRO_ID_TOKEN: sign(GITLAB) };
    const asking: Asking = { environment, user: { name: "runner", isRoot: false } };
    expect(await access.admit(asking)).toMatchObject({
      caller: "os user runner, gitlab alice of acme/shop at main",
    });
  });

  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  it.each<[string, () => string, string]>([
    [
      "another branch's",
      () => sign({ ...GITHUB, ref: "refs/heads/x" }),
      "got viewer for os user runner, github alice of acme/shop at refs/heads/x",
    ],
    [
      "another repository's",
      () => sign({ ...GITHUB, repository: "eve/shop" }),
      "github alice of eve/shop",
    ],
    [
      "one without the environment",
      () => sign({ ...GITHUB, environment: undefined }),
      "at refs/heads/main;",
    ],
    [
      "signed by somebody else",
      () => sign(GITHUB, stranger),
      "proves nothing: signature verification failed",
    ],
    [
      "for another audience",
      () => sign({ ...GITHUB, aud: "sts.amazonaws.com" }),
      'unexpected "aud" claim value',
    ],
    [
      "of another issuer",
      () => sign({ ...GITHUB, iss: "https://example.com" }),
      'unexpected "iss" claim value',
    ],
    [
      "one that has expired",
      () => sign({ ...GITHUB, exp: 1 }),
      '"exp" claim timestamp check failed',
    ],
    [
      "one that never expires",
      () => sign({ ...GITHUB, exp: undefined }),
      'missing required "exp" claim',
    ],
    [
      "one without a signature",
      () => sign(GITHUB, keys.privateKey, { alg: "none" }).replace(/[^.]*$/, ""),
      "proves nothing",
    ],
    ["no token", () => "", "GitHub gives no token"],
  ])("is refused with %s", async (_what, make, says) => {
    write(rules());
    token = make();
    const refusal = await refusalOf(job());
    expect(refusal).toContain("needs the role operator, got viewer");
    expect(refusal).toContain(says);
    if (token.includes(".")) expect(refusal).not.toContain(token.split(".")[2]! || "x".repeat(9));
  });

  it("that asks for no token is told how to; variables prove nothing", async () => {
    write(rules());
    const refusal = await refusalOf(job({ ACTIONS_ID_TOKEN_REQUEST_URL: "" }));
    expect(refusal).toContain("got viewer for os user runner;");
    expect(refusal).toContain("give it `permissions: { id-token: write }`");
    const gitlab = { environment: { GITLAB_CI: "true" }, user: { name: "runner", isRoot: false } };
    expect(await refusalOf(gitlab)).toContain(
      "`id_tokens: { MAESTRO_ID_TOKEN: { aud: maestro } }`",
    );
  });

  it("is not asked for where the user is enough", async () => {
    write({ ...rules(), roles: { operator: [{ os: "runner" }, ...rules().roles.operator] } });
    token = "asked for";
    expect(await access.admit(job())).toMatchObject({ caller: "os user runner" });
  });
});
