import execa from "execa";
import { NexusClient } from "../../steps/nexusClient";
import { nexusResources } from "../../rules/packages/nexusRepositories";
import { packageRoot } from "../../config/project";
import { NexusServer } from "../support/nexusServer";

const nexus = new NexusServer("admin-secret");
const names = {
  hosted: "pypi-hosted",
  proxy: "pypi-proxy",
  group: "pypi-group",
  blobStore: "maestro",
  publishUser: "maestro-publish",
  upstream: "https://pypi.org",
};

beforeAll(() => nexus.start());

afterAll(() => nexus.stop());

/** The operation as an update runs it. */
function run(env: NodeJS.ProcessEnv) {
  const input = { prefix: "x", directory: "/x", repositories: { ...names, url: nexus.url } };
  return execa("node", ["bin/maestro.js", "nexusRepositories"], {
    cwd: packageRoot(),
    input: JSON.stringify(input),
    env,
    all: true,
    reject: false,
  });
}

const LOGIN = { NEXUS_ADMIN_PASSWORD: "admin-secret", MAESTRO_PACKAGES_PASSWORD: "publish-secret" };

describe("repositories in a Nexus", () => {
  it("are made in an order that Nexus accepts, with a user that can only publish", async () => {
    const { all, exitCode } = await run(LOGIN);
    expect(exitCode).toBe(0);
    expect(all).not.toMatch(/secret/);
    expect(all?.split("\n").filter((line) => line.endsWith(": created"))).toHaveLength(6);
    expect(nexus.resources.get("repositories/pypi/hosted/pypi-hosted")).toMatchObject({
      storage: { writePolicy: "ALLOW_ONCE", blobStoreName: "maestro" },
    });
    const role = nexus.resources.get("security/roles/maestro-publish-role");
    expect(role?.["privileges"]).toEqual([
      "nx-repository-view-pypi-pypi-hosted-add",
      "nx-repository-view-pypi-pypi-hosted-edit",
      "nx-repository-view-pypi-pypi-hosted-read",
      "nx-repository-view-pypi-pypi-group-read",
      "nx-repository-view-pypi-pypi-group-browse",
    ]);
    expect(nexus.resources.get("security/users/maestro-publish")).toMatchObject({
      password: "publish-secret",
      roles: ["maestro-publish-role"],
    });
  });

  it("are left alone when they are as wanted", async () => {
    nexus.changes.length = 0;
    expect((await run(LOGIN)).exitCode).toBe(0);
    expect(nexus.changes).toEqual([]);
  });

  it("are put right where somebody changed them, and only there", async () => {
    const hosted = nexus.resources.get("repositories/pypi/hosted/pypi-hosted")!;
    hosted["storage"] = { ...(hosted["storage"] as object), writePolicy: "ALLOW" };
    nexus.changes.length = 0;
    const { all } = await run(LOGIN);
    expect(all).toContain("hosted repository pypi-hosted: changed storage.writePolicy");
    expect(nexus.changes).toEqual(["PUT repositories/pypi/hosted/pypi-hosted"]);
  });

  it("fail with a way out: no login, a wrong one, no server, another blob store", async () => {
    expect((await run({})).all).toMatch(/NEXUS_ADMIN_PASSWORD: is not set; set it in/);
    const wrong = await run({ ...LOGIN, NEXUS_ADMIN_PASSWORD: "wrong-secret" });
    expect(wrong.all).toMatch(/Nexus answered 401 .* check NEXUS_ADMIN_USER/);
    expect(wrong.all).not.toMatch(/secret/);
    const admin = { user: "admin", password: "admin-secret" };
    const nobody = new NexusClient("http://127.0.0.1:9", admin);
    await expect(nobody.ensure({ ...names, url: "" }, "p")).rejects.toThrow(
      "Nexus does not answer",
    );
    const [first, ...rest] = nexusResources({ ...names, url: "" });
    expect([first?.title, rest.length]).toEqual(["blob store maestro", 4]);
    nexus.resources.set("blobstores/file/other", { name: "other", path: "other" });
    await expect(
      new NexusClient(nexus.url, admin).ensure({ ...names, url: "", blobStore: "other" }, "p"),
    ).rejects.toThrow("storage.blobStoreName cannot change; choose another name");
  });
});
