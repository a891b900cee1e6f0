import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HostDirectory, idleColor } from "../../host/hostDirectory";
import { modelRelease, placedRelease } from "../support/modelWorld";

let root: string;
let host: HostDirectory;
const record = placedRelease(modelRelease({ web: 1 }));

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-host-"));
  host = new HostDirectory(root);
});

afterEach(() => rmSync(root, { recursive: true }));

describe("the host directory", () => {
  it("knows nothing on a new host", () => {
    expect(host.exists()).toBe(false);
    expect(host.readActiveColor()).toBeNull();
    expect(host.readPlacement("blue")).toBeNull();
    expect(host.readSwitch()).toBeNull();
    expect(host.listRejections()).toEqual([]);
    expect(idleColor(host)).toBeNull();
  });

  it("moves the traffic by the presence of one file", () => {
    host.moveTraffic("blue");
    expect(host.readActiveColor()).toBe("blue");
    host.moveTraffic("green");
    expect(host.readActiveColor()).toBe("green");
    expect(idleColor(host)).toBe("blue");
    expect(readdirSync(path.join(root, "edge/switch")).sort()).toEqual(["green", "live"]);
    host.moveTraffic("blue");
    expect(readdirSync(path.join(root, "edge/switch"))).toEqual(["live"]);
  });

  it("tells the edge what a set holds only once that is proven", () => {
    host.writePlacement("green", { number: 1, record, proven: false });
    expect(existsSync(path.join(root, "edge/switch/green.json"))).toBe(false);
    host.writePlacement("green", { number: 1, record, proven: true });
    expect(existsSync(path.join(root, "edge/switch/green.json"))).toBe(true);
    host.disprove("green");
    expect(host.readPlacement("green")).toEqual({ number: 1, record, proven: false });
  });

  it("keeps what it writes readable for the edge, writable for its owner alone, and leaves no half file", () => {
    host.writePlacement("blue", { number: 1, record, proven: true });
    host.moveTraffic("green");
    expect(statSync(path.join(root, "edge/switch/green")).mode & 0o777).toBe(0o644);
    const files = readdirSync(root, { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
  });

  it("remembers what was rejected until it is acquitted", () => {
    host.reject(record, "not ready");
    expect(host.readRejection(record.id)).toMatchObject({
      release: record.id,
      reason: "not ready",
    });
    expect(host.listRejections()).toHaveLength(1);
    host.acquit(record.id);
    expect(host.readRejection(record.id)).toBeNull();
  });

  it("keeps the last releases' settings, and those of what a set holds however old", () => {
    host.writePlacement("blue", { number: 1, record, proven: true });
    host.writeRelease(record);
    for (let version = 2; version < 40; version += 1) {
      host.writeRelease(placedRelease(modelRelease({ web: version })));
    }
    expect(host.readRelease(record.id)).toEqual(record);
    const kept = readdirSync(path.join(root, "records/releases"));
    expect(kept.length).toBeLessThanOrEqual(21);
  });

  it("fails with the file's name when a record is damaged", () => {
    host.writeSwitch({ number: 1, release: "a", color: "blue", at: "" });
    const file = path.join(root, "records/switch.json");
    writeFileSync(file, '{"number":');
    expect(() => host.readSwitch()).toThrow(`${file}: is not JSON`);
  });
});
