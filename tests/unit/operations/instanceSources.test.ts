import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageRoot } from "../../../config/project";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-sources-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  writeFileSync(path.join(directory, file), text);
}

describe("commands that write into services' sources", () => {
  it("take those of the project around them, not the package's examples", () => {
    put("infra/Pulumi.yaml", "name: shop\nruntime: nodejs\n");
    put("infra/Pulumi.demo.yaml", "config: {}\n");
    put("infra/services.yaml", "services: { orders: { build: { context: ../orders } } }\n");
    put("orders/Dockerfile", "FROM scratch\n");
    put("orders/migrations/versions/0001_first.py", 'revision = "0001"\ndown_revision = None\n');
    const launcher = path.join(packageRoot(), "bin", "maestro.js");
    const args = ["migrate", "create", "--stack", "demo", "--service", "orders", "-m", "next"];
    const { stdout, stderr } = spawnSync("node", [launcher, ...args], {
      cwd: path.join(directory, "infra"),
      encoding: "utf8",
    });
    const file = path.join(directory, "orders/migrations/versions/0002_next.py");
    expect({ stdout, stderr }).toEqual({ stdout: `${file}\n`, stderr: "" });
    expect(readFileSync(file, "utf8")).toContain('down_revision = "0001"');
  });
});
