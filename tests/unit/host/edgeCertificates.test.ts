import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { EdgeCertificates } from "../../../host/edgeCertificates";
import { localFiles } from "../../../host/localHost";

const root = mkdtempSync(path.join(tmpdir(), "maestro-certificates-"));
afterAll(() => rmSync(root, { recursive: true }));
const certificates = new EdgeCertificates(localFiles, root);

describe("the files of an edge's certificates", () => {
  it("let nginx start without one, and are left as they are afterwards", async () => {
    await certificates.prepare();
    expect(await certificates.readCurrent()).toBeNull();
    await certificates.writeCurrent("c".repeat(64));
    await certificates.prepare();
    expect(await certificates.readCurrent()).toBe("c".repeat(64));
  });

  it("give each authority a key of its own, which nobody else reads", async () => {
    await certificates.writeAccountKey("https://a.example.com/dir", "one");
    await certificates.writeAccountKey("https://b.example.com/dir", "two");
    expect(String(await certificates.readAccountKey("https://a.example.com/dir"))).toBe("one");
    for (const { name } of await localFiles.list(path.join(root, "acme"))) {
      expect(statSync(path.join(root, "acme", name)).mode & 0o777).toBe(0o600);
    }
  });

  it("take no name of a file from an authority", async () => {
    await expect(certificates.answer("../../acme/state.json", "x")).rejects.toThrow(
      "the authority's name of a challenge is not valid, got ../../acme/state.json",
    );
  });

  it("are changed by one at a time, and by the next where that one was killed", async () => {
    const file = path.join(root, "acme/run.json");
    await certificates.alone(async () => {
      await expect(certificates.alone(() => Promise.resolve())).rejects.toThrow(
        `${file}: somebody renews the certificate since ${(JSON.parse(readFileSync(file, "utf8")) as { since: string }).since}`,
      );
    });
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, JSON.stringify({ since: new Date(Date.now() - 3_600_000).toISOString() }));
    expect(await certificates.alone(() => Promise.resolve("done"))).toBe("done");
    await expect(certificates.alone(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(existsSync(file)).toBe(false);
  });
});
