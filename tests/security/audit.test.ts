import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import execa from "execa";
import { readPipAudit } from "../../dev/audit/audits";
import { packageRoot } from "../../config/project";

jest.setTimeout(300_000);

/** Advisories as npm's registry and OSV give them, for one package each. */
class FakeAdvisories {
  /** Whether it knows of any weakness. */
  knows = true;
  private readonly server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      // npm compresses what it sends.
      const isNpm = request.url?.includes("/advisories/bulk");
      if (request.url === "/zod") return void response.end(JSON.stringify(ZOD));
      const known = isNpm ? NPM : text.includes('"urllib3"') ? OSV : {};
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(this.knows ? known : {}));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
  }

  async stop(): Promise<void> {
    await new Promise((done) => this.server.close(done));
  }

  get environment(): Record<string, string> {
    const address = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return {
      ...{ npm_config_registry: address, PIP_AUDIT_VULNERABILITY_SERVICE: "osv" },
      PIP_AUDIT_OSV_URL: `${address}/v1/query`,
    };
  }
}

const NPM = {
  zod: [
    {
      ...{ id: 1, url: "https://advisories.example/1", title: "reads too much", severity: "high" },
      ...{ vulnerable_versions: "<99", cwe: [], cvss: { score: 8, vectorString: null } },
    },
  ],
};
/** npm looks up which versions there are. */
const ZOD = { name: "zod", versions: { "4.6.7": { name: "zod", version: "4.6.7" } } };
const OSV = {
  vulns: [
    {
      ...{ id: "PYSEC-2026-1", summary: "", published: "2026-01-01T00:00:00Z" },
      modified: "2026-01-01T00:00:00Z",
      affected: [
        {
          package: { name: "urllib3", ecosystem: "PyPI" },
          ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "99.0.0" }] }],
        },
      ],
    },
  ],
};
const advisories = new FakeAdvisories();

beforeAll(() => advisories.start());
afterAll(() => advisories.stop());

function audit(env: Readonly<Record<string, string>>, ...options: readonly string[]) {
  const launcher = path.join(packageRoot(), "bin", "maestro.js");
  return execa("node", [launcher, "audit", ...options], { env, all: true, reject: false });
}

it("known weaknesses of locked packages fail the audit, and are named", async () => {
  advisories.knows = true;
  const { exitCode, all } = await audit(advisories.environment);
  expect(exitCode).toBe(1);
  expect(all).toContain(
    "package-lock.json: zod: high: reads too much (https://advisories.example/1)",
  );
  expect(all).toMatch(
    /^toolchain\/python\/requirements.txt: urllib3 \S+: PYSEC-2026-1, mended in 99.0.0$/m,
  );
});

it("an audit without findings passes", async () => {
  advisories.knows = false;
  const { exitCode, all } = await audit(advisories.environment, "--strict");
  expect(all).toMatch(/\d+ lock files, 0 findings, 0 times nobody could be asked/);
  expect(exitCode).toBe(0);
});

it("a registry without advisories is told, and fails only a strict audit", async () => {
  const nowhere = "http://127.0.0.1:9";
  const env = {
    ...{ npm_config_registry: nowhere, npm_config_fetch_retries: "0" },
    ...{ PIP_AUDIT_VULNERABILITY_SERVICE: "osv", PIP_AUDIT_OSV_URL: nowhere },
  };
  const { exitCode, all } = await audit(env);
  expect(all).toMatch(/^package-lock.json: not audited: .*ECONNREFUSED/m);
  expect(all).toMatch(/^toolchain\/python\/requirements.txt: not audited: .*refused/m);
  expect(exitCode).toBe(0);
  expect((await audit(env, "--strict")).exitCode).toBe(1);
});

it("a package that an index does not know is not counted as well, except this repository's own", () => {
  const dependencies = [
    { name: "own", skip_reason: "Dependency not found on PyPI" },
    { name: "flask", skip_reason: "Dependency not found on PyPI" },
    { name: "idna", version: "3.20", vulns: [] },
  ];
  const said = readPipAudit("x.txt", { stdout: JSON.stringify({ dependencies }), stderr: "" }, [
    "own",
  ]);
  expect(said.unanswered).toEqual(["1 of 2 packages: Dependency not found on PyPI"]);
});
