import type { AskOptions } from "../../../rules/host/asking";
import { loginName, repositoryOf } from "../../../registry/reference";
import { RegistryClient } from "../../../registry/registryClient";
import { exchangeOn, pauseAfter } from "../../../registry/registrySend";
import { fetchToken, parseBearerChallenge } from "../../../registry/registryToken";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("repositoryOf", () => {
  // prettier-ignore
  it.each([
    [`localhost:5000/a/b@${DIGEST}`, "localhost:5000", "a/b"],
    ["ghcr.io/team/app:1.2", "ghcr.io", "team/app"],
    [`team/app@${DIGEST}`, "registry-1.docker.io", "team/app"],
    ["nginx", "registry-1.docker.io", "library/nginx"],
    [`docker.io/library/nginx@${DIGEST}`, "registry-1.docker.io", "library/nginx"],
    ["docker.io/nginx:1.27", "registry-1.docker.io", "library/nginx"],
    ["index.docker.io/team/app", "registry-1.docker.io", "team/app"],
  ])("%s", (reference, address, path) => {
    expect(repositoryOf(reference)).toEqual({ address, path });
  });

  it("finds Docker Hub's login under the name that `docker login` gives it", () => {
    expect(loginName(repositoryOf("nginx").address)).toBe("https://index.docker.io/v1/");
    expect(loginName("ghcr.io")).toBe("ghcr.io");
  });
});

describe("parseBearerChallenge", () => {
  const realm = "https://auth.docker.io/token";

  // prettier-ignore
  it.each([
    [`Bearer realm="${realm}",service="registry.docker.io",scope="repository:a/b:pull,push"`, { realm, service: "registry.docker.io", scope: "repository:a/b:pull,push" }],
    [`bearer realm=${realm}, service=r`, { realm, service: "r", scope: null }],
    [`Basic realm="r", Bearer realm="${realm}"`, { realm, service: null, scope: null }],
    ['Basic realm="Bearer of news"', null],
    ['Bearer error="invalid_token"', null],
    [null, null],
  ])("%s", (header, challenge) => {
    expect(parseBearerChallenge(header)).toEqual(challenge);
  });

  it.each(["http://auth.example.com/token", "ftp://auth.example.com", "token"])(
    "sends no login to %s",
    async (unsafe) => {
      const challenge = { realm: unsafe, service: null, scope: null };
      const login = { username: "u", password: "hidden-word" };
      const exchange = jest.fn();
      const repository = { address: "r.example.com", path: "a/b" };
      await expect(fetchToken(exchange, repository, challenge, login)).rejects.toThrow(
        `registry r.example.com: sends to "${unsafe}" for a token, where a login would go in clear text`,
      );
      expect(exchange).not.toHaveBeenCalled();
    },
  );
});

describe("pauseAfter", () => {
  const answer = (retryAfter: string | null) => ({
    status: 429,
    header: () => retryAfter,
    body: "",
  });

  // prettier-ignore
  it.each<[string, string | null, number, number, number | null]>([
    ["doubles", null, 1, 1, 500],
    ["doubles again", null, 3, 1, 2000],
    ["is shorter by chance, not by more than half", null, 3, 0, 1000],
    ["is as long as the registry says", "7", 1, 0, 7000],
    ["takes no notice of what it cannot understand", "soon", 1, 1, 500],
    ["does not go back in time", "Wed, 21 Oct 2015 07:28:00 GMT", 1, 1, 500],
    ["gives up where that is minutes", "120", 1, 0, null],
  ])("%s", (_, retryAfter, attempt, chance, pause) => {
    expect(pauseAfter(answer(retryAfter), attempt, () => chance)).toBe(pause);
  });
});

describe("a registry on loopback", () => {
  it("is the Docker host's own: the host asks it", async () => {
    const asked: [string, AskOptions | undefined][] = [];
    const host = {
      ask: (url: string, options?: AskOptions) => {
        asked.push([url, options]);
        return Promise.resolve({
          status: 200,
          headers: { "docker-content-digest": DIGEST },
          body: "",
        });
      },
    };
    const client = new RegistryClient(
      () => Promise.resolve({ username: "u", password: "p" }),
      exchangeOn(host),
    );
    const repository = { address: "localhost:5000", path: "maestro/web" };
    expect(await client.findDigest(repository, DIGEST)).toBe(DIGEST);
    expect(asked).toEqual([
      [
        `http://localhost:5000/v2/maestro/web/manifests/${DIGEST}`,
        expect.objectContaining({
          method: "HEAD",
          headers: expect.objectContaining({ Authorization: "Basic dTpw" }) as object,
        }),
      ],
    ]);
  });
});

describe("a registry's tags and images", () => {
  const repository = { address: "localhost:5000", path: "shop/web" };

  /** A client whose registry gives these answers, by method and path. */
  function clientOf(answers: Readonly<Record<string, [number, string, string?]>>) {
    const asked: string[] = [];
    const client = new RegistryClient(
      () => Promise.resolve(null),
      (url, { method }) => {
        const question = `${method} ${url.replace("http://localhost:5000/v2/shop/web/", "")}`;
        asked.push(question);
        const [status, body, link] = answers[question]!;
        const header = (name: string) => (name === "link" ? (link ?? null) : null);
        return Promise.resolve({ status, body, header });
      },
    );
    return { client, asked };
  }

  it("are listed page by page", async () => {
    const { client, asked } = clientOf({
      "GET tags/list?n=1000": [
        200,
        '{"tags":["a","b"]}',
        '</v2/shop/web/tags/list?last=b>; rel="next"',
      ],
      "GET tags/list?n=1000&last=b": [200, '{"tags":["c"]}'],
    });
    expect(await client.listTags(repository)).toEqual(["a", "b", "c"]);
    expect(asked).toHaveLength(2);
  });

  it("are none where the registry has no such repository, or has lost all of them", async () => {
    const unknown = '{"errors":[{"code":"NAME_UNKNOWN"}]}';
    const gone = clientOf({ "GET tags/list?n=1000": [404, unknown] });
    expect(await gone.client.listTags(repository)).toEqual([]);
    const empty = clientOf({ "GET tags/list?n=1000": [200, '{"tags":null}'] });
    expect(await empty.client.listTags(repository)).toEqual([]);
  });

  it("are removed by digest; one that is gone is no error, a registry that removes none is", async () => {
    const unknown = '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}';
    const gone = clientOf({ [`DELETE manifests/${DIGEST}`]: [404, unknown] });
    await gone.client.remove(repository, DIGEST);
    const closed = clientOf({ [`DELETE manifests/${DIGEST}`]: [405, "{}"] });
    await expect(closed.client.remove(repository, DIGEST)).rejects.toThrow(
      "registry localhost:5000: it does not let images be deleted (405); allow it there",
    );
  });
});
