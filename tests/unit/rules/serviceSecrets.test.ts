import { tarOf } from "../../../host/tar";
import { desiredRelease } from "../../../release/desiredRelease";
import { createRelease } from "../../../release/release";
import {
  deliveredTo,
  environmentSecrets,
  findSecretProblems,
  secretFileVariables,
  secretsSource,
  serviceSecretsDirectory,
} from "../../../rules/serviceSecrets";
import { describeContent, parseSecret } from "../../../secretStore/store";
import { canBeRandom, randomValue } from "../../../operations/secrets/values";
import { serviceRelease } from "../../support/releases";

const VALUE = "c4naryZ8kQ2xW7vL5nP3";

describe("a release", () => {
  const web = serviceRelease();

  it("without secrets keeps the id it always had", () => {
    expect(createRelease({ web }).id).toBe("bd41fb444711");
    const { services } = desiredRelease(
      { services: { web }, release: { web: web.digest }, settingsFrom: null, secretVersions: {} },
      () => null,
    );
    expect(Object.keys(services["web"]!)).not.toContain("secretVersion");
  });

  it("with another version of a service's secrets is another release", () => {
    const with_ = (secretVersion: string) =>
      desiredRelease(
        {
          services: { web: { ...web, secrets: ["KEY"] } },
          release: { web: web.digest },
          settingsFrom: null,
          secretVersions: { web: secretVersion },
        },
        () => null,
      );
    expect(with_("v1").services["web"]?.secretVersion).toBe("v1");
    expect(with_("v1").id).toBe(with_("v1").id);
    expect(with_("v1").id).not.toBe(with_("v2").id);
  });
});

describe("a service", () => {
  const service = serviceRelease({
    overrides: { secrets: ["B", { name: "A", environment: true }], secretVersion: "v1" },
  });

  it("gets files of what it names, and is told where they are", () => {
    const release = createRelease({ web: service });
    const delivered = { version: "v1", names: ["A", "B"], user: "10001:10001" };
    expect(deliveredTo(release, "web")).toEqual(delivered);
    const placed = { ...release, logins: { web: "web_1" } };
    expect(deliveredTo(placed, "web")).toEqual({ ...delivered, login: "web_1" });
    expect(secretFileVariables(service)).toEqual({
      A_FILE: "/run/secrets/A",
      B_FILE: "/run/secrets/B",
    });
    expect(environmentSecrets(service)).toEqual(["A"]);
    expect(deliveredTo(createRelease({ web: serviceRelease() }), "web")).toBeNull();
    expect(deliveredTo(release, "api")).toBeNull();
    expect(secretFileVariables(serviceRelease())).toEqual({});
  });

  it("has a directory of its own for each version, choice of names, user and login", () => {
    const delivered = { version: "v1", names: ["A"], user: "1:1" };
    const directories = [
      delivered,
      { ...delivered, version: "v2" },
      { ...delivered, names: ["A", "B"] },
      { ...delivered, user: "2:2" },
      { ...delivered, login: "web_1" },
    ].map((each) => serviceSecretsDirectory("web", each));
    expect(new Set(directories).size).toBe(5);
    expect(secretsSource("/run/maestro", "maestro-demo", "blue", "web", delivered)).toBe(
      `/run/maestro/maestro-demo/blue/${directories[0]}`,
    );
  });
});

describe("findSecretProblems", () => {
  const content = { version: "v1", keys: ["A", "B"], emptyKeys: ["B"] };

  it("says nothing when all is there", () => {
    expect(findSecretProblems("web", ["A"], "secret x", content)).toEqual([]);
  });

  it("names service, key, secret and the keys there are", () => {
    expect(findSecretProblems("web", ["A", "B", "C"], "secret x", content)).toEqual([
      "services.web.secrets.B: secret x, version v1, has nothing in it; set it with `npm run secrets -- set --service web B`",
      "services.web.secrets.C: secret x, version v1, has no key C, its keys are A, B; set it with `npm run secrets -- set --service web C`",
    ]);
  });
});

describe("parseSecret", () => {
  const wayOut = 'it must be a JSON object of names and texts, {"KEY": "value"}';

  it.each([
    ["", `secret x is empty; ${wayOut}`],
    [" \n", `secret x is empty; ${wayOut}`],
    [`{"KEY": "${VALUE}`, `secret x is not JSON (value hidden); ${wayOut}`],
    [`"${VALUE}"`, `secret x is JSON, but not an object (value hidden); ${wayOut}`],
    [`["${VALUE}"]`, `secret x is JSON, but not an object (value hidden); ${wayOut}`],
    [`{"KEY": {"a": "${VALUE}"}}`, `secret x: KEY is a object; ${wayOut}`],
    ['{"KEY": 1}', `secret x: KEY is a number; ${wayOut}`],
  ])("refuses %j, and does not show it", (text, message) => {
    expect(() => parseSecret("secret x", text)).toThrow(message);
    expect(message).not.toContain(VALUE);
  });

  it("gives names and values, of which a description has the names alone", () => {
    const values = parseSecret("secret x", `{"B": "${VALUE}", "A": ""}`);
    expect(values).toEqual({ A: "", B: VALUE });
    expect(describeContent("v1", values)).toEqual({
      version: "v1",
      keys: ["A", "B"],
      emptyKeys: ["A"],
    });
  });
});

describe("generated values", () => {
  it("are 256 bits that need no quoting, each another", () => {
    expect(randomValue()).toMatch(/^[\w-]{43}$/);
    expect(randomValue()).not.toBe(randomValue());
  });

  it.each([
    ["SECRET_KEY", true],
    ["REDIS_PASSWORD", true],
    ["DATABASE_URL", false],
    ["SENTRY_DSN", false],
    ["TLS_KEY_PAIR", false],
  ])("suit %s: %s", (name, expected) => {
    expect(canBeRandom(name)).toBe(expected);
  });
});

test("a tar archive has owner, mode and content where the format wants them", () => {
  const archive = tarOf([
    { name: "a/", mode: 0o500, uid: 10001, gid: 10002 },
    {
      name: `${"d".repeat(90)}/${"f".repeat(60)}`,
      mode: 0o400,
      uid: 1,
      gid: 2,
      content: Buffer.from("x"),
    },
  ]);
  const text = (offset: number, length: number) =>
    archive.toString("latin1", offset, offset + length).replace(/\0.*$/s, "");
  expect([text(0, 100), text(100, 8), text(108, 8), text(116, 8), text(156, 1)]).toEqual([
    "a/",
    "0000500",
    "0023421",
    "0023422",
    "5",
  ]);
  expect([text(512, 100), text(512 + 345, 155), text(512 + 156, 1), text(1024, 512)]).toEqual([
    "f".repeat(60),
    "d".repeat(90),
    "0",
    "x",
  ]);
  expect(archive.length).toBe(512 * 5);
});
