import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { LABELS } from "../../rules/host/containerLabels";
import { renderNginxConfig } from "../../rules/edge/nginxConfig";
import { edgeOptions } from "../support/edgeOptions";
import { edgeImage, EdgeStack, echoService } from "../support/edgeStack";
import { sendRaw } from "../support/rawRequest";

jest.setTimeout(300_000);

const certificates = mkdtempSync(path.join(os.tmpdir(), "itest-edge-"));
afterAll(() => rmSync(certificates, { recursive: true, force: true }));

/** A self-signed certificate; its name tells it apart. */
async function makeCertificate(name: string) {
  const certificateFile = path.join(certificates, `${name}.pem`);
  const keyFile = path.join(certificates, `${name}.key`);
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"];
  const files = ["-subj", `/CN=${name}`, "-keyout", keyFile, "-out", certificateFile];
  await execa("openssl", [...request, ...files]);
  return { certificateFile, keyFile };
}

describe("an edge without any release", () => {
  const bare = new EdgeStack("itest-edge");
  const image = "localhost:5000/maestro-itest/nginx";
  let pinned = "";

  beforeAll(async () => {
    await bare.remove();
    // An image that the engine does not have: nobody has pulled the edge's image before the first update.
    const tag = `${image}:${Date.now()}`;
    const input = `FROM ${edgeImage()}\nLABEL test.time=${Date.now()}`;
    await execa("docker", ["build", "--quiet", "--tag", tag, "-"], { input });
    const { stdout } = await execa("docker", ["push", tag]);
    pinned = `${image}@${/digest: (sha256:[0-9a-f]{64})/.exec(stdout)![1]}`;
    await execa("docker", ["image", "rm", tag]);
  });
  afterAll(() => bare.remove());

  it("tests its configuration with an image that is not there yet, and starts with it", async () => {
    const options = edgeOptions({ subnet: bare.subnet });
    const config = renderNginxConfig(options, { blue: null, green: null });
    const { exitCode, all } = await bare.applyConfig(config, { image: pinned });
    expect([all, exitCode]).toEqual([expect.anything(), 0]);
    await execa("docker", [
      ...["run", "--detach", "--name", bare.edgeName, "--label", `${LABELS.stack}=${bare.prefix}`],
      ...["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--user", "10002:10002"],
      ...["--volume", `${bare.host.edge.directory}:/etc/maestro:ro`],
      ...[
        "--publish",
        `${bare.url.slice(7)}:8080`,
        "--publish",
        `${bare.previewUrl.slice(7)}:8081`,
      ],
      ...[pinned, "nginx", "-c", "/etc/maestro/conf/nginx.conf", "-g", "daemon off;"],
    ]);
    // The port is there before nginx is.
    const answers = () => sendRaw(bare.url, "/edge/health").then(Boolean, () => false);
    for (let attempt = 0; attempt < 100 && !(await answers()); attempt += 1) await sleep(100);
  });

  it("says that no release serves yet, and that it is well itself", async () => {
    for (const request of ["/", "/quality-fabric/version", "/%0a", "/@blue/x"]) {
      const { status, headers, body } = await sendRaw(bare.url, request);
      expect([request, status, body]).toEqual([
        request,
        503,
        '{"error":"no release serves yet"}\n',
      ]);
      expect(headers).toMatchObject({ "x-maestro-set": "none", "retry-after": "5" });
    }
    const health = await sendRaw(bare.url, "/edge/health");
    expect([health.status, health.body]).toEqual([200, '{"status":"ok"}\n']);
    const release = await sendRaw(bare.url, "/edge/release");
    expect([release.status, release.headers["x-maestro-set"]]).toEqual([404, "none"]);
    expect((await sendRaw(bare.previewUrl, "/")).headers["x-maestro-set"]).toBe("blue");
  });
});

describe("a switch", () => {
  const stack = new EdgeStack("itest-edge");
  const secure = "https://127.0.0.1:18112";
  const first = { echo: echoService(), "quality-fabric": null };
  const second = { echo: echoService({ env: { VERSION: "2" } }), "quality-fabric": null };
  let edge: object;

  beforeAll(async () => {
    const tls = { listen: "127.0.0.1:18112", ...(await makeCertificate("first")) };
    edge = { tls };
    await stack.begin(first, edge);
  });
  afterAll(() => stack.remove());

  const release = async (url: string) => {
    const { headers, body } = await sendRaw(url, "/edge/release");
    return { shown: headers["x-maestro-set"], ...(JSON.parse(body) as object) };
  };
  const workers = async () =>
    (await execa("docker", ["top", stack.edgeName, "-o", "pid,args"])).stdout;

  it("changes what the edge says it serves, and no worker", async () => {
    const before = await workers();
    const old = (await stack.outputs()).release.id;
    expect(await release(stack.url)).toEqual({ shown: "blue", set: "blue", release: old });
    await stack.release(second, edge);
    const { id } = (await stack.outputs()).release;
    expect(id).not.toBe(old);
    expect(await release(stack.url)).toEqual({ shown: "green", set: "green", release: id });
    expect(await release(secure)).toEqual({ shown: "green", set: "green", release: id });
    expect(await release(stack.previewUrl)).toEqual({ shown: "blue", set: "blue", release: old });
    expect(await workers()).toBe(before);
  });

  it("leaves the other set to the preview port", async () => {
    const set = async (url: string) => {
      const { headers, body } = await sendRaw(url, "/echo/x");
      return [headers["x-maestro-set"], (JSON.parse(body) as { set: string }).set];
    };
    expect(await set(stack.url)).toEqual(["green", "green"]);
    expect(await set(stack.previewUrl)).toEqual(["blue", "blue"]);
  });

  it("serves TLS, tells services so, and browsers to stay with it", async () => {
    const { status, headers, body } = await sendRaw(secure, "/echo/x");
    expect(status).toBe(200);
    expect(headers["strict-transport-security"]).toBe("max-age=31536000");
    expect(JSON.parse(body)).toMatchObject({ headers: { "x-forwarded-proto": "https" } });
    const { stdout } = await execa("openssl", ["s_client", "-connect", secure.slice(8)], {
      input: "",
    });
    expect(stdout).toMatch(/subject=CN ?= ?first/);
    const old = execa("openssl", ["s_client", "-tls1_1", "-connect", secure.slice(8)], {
      input: "",
    });
    await expect(old).rejects.toThrow();
  });

  it("keeps the certificate when the one to replace it is no good", async () => {
    const live = path.join(stack.host.edge.directory, "tls");
    const files = () => ["certificate.pem", "key.pem"].map((f) => readFileSync(path.join(live, f)));
    const before = files();
    const { certificateFile } = await makeCertificate("second");
    const keyFile = path.join(certificates, "other.key");
    writeFileSync(keyFile, readFileSync(path.join(certificates, "first.key")));
    const config = await stack.render({ tls: true, gzip: false });
    const tls = { certificateFile, keyFile, fingerprint: "" };
    const { exitCode, all } = await stack.applyConfig(config, { tls });
    expect(exitCode).not.toBe(0);
    expect(all).toMatch(/nginx refuses the edge's new configuration/);
    expect(files()).toEqual(before);
    expect(existsSync(path.join(path.dirname(stack.host.edge.config), "candidate.conf"))).toBe(
      false,
    );
    expect((await sendRaw(secure, "/echo/x")).status).toBe(200);
  });

  it("takes a renewed certificate", async () => {
    const { certificateFile, keyFile } = await makeCertificate("renewed");
    await stack.release(second, { tls: { listen: "127.0.0.1:18112", certificateFile, keyFile } });
    const { stdout } = await execa("openssl", ["s_client", "-connect", secure.slice(8)], {
      input: "",
    });
    expect(stdout).toMatch(/subject=CN ?= ?renewed/);
  });
});
