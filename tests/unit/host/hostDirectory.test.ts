import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HostDirectory } from "../../../host/hostDirectory";
import { localHost } from "../../../host/localHost";
import { modelRelease, placedRelease } from "../../support/releases";

let root: string;
let host: HostDirectory;
const record = placedRelease(modelRelease({ web: 1 }));

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-host-"));
  host = new HostDirectory(localHost, root);
});

afterEach(() => rmSync(root, { recursive: true }));

describe("the host directory", () => {
  it("knows nothing on a new host", async () => {
    expect(await host.records.exists()).toBe(false);
    expect(await host.edge.readActiveColor()).toBeNull();
    expect(await host.records.readPlacement("blue")).toBeNull();
    expect(await host.records.readSwitch()).toBeNull();
    expect(await host.records.listRejections()).toEqual([]);
  });

  it("moves the traffic by the presence of one file", async () => {
    await host.edge.moveTraffic("blue");
    expect(await host.edge.readActiveColor()).toBe("blue");
    await host.edge.moveTraffic("green");
    expect(await host.edge.readActiveColor()).toBe("green");
    expect(readdirSync(path.join(root, "edge/switch")).sort()).toEqual(["green", "live"]);
    await host.edge.moveTraffic("blue");
    expect(readdirSync(path.join(root, "edge/switch"))).toEqual(["live"]);
  });

  it("gives a share of the clients the other set, and takes it back from all at once", async () => {
    const there = () => readdirSync(path.join(root, "edge/switch")).sort();
    await host.edge.moveTraffic("blue", 10);
    expect(there()).toEqual(["green-0", "green-1", "green-10", "green-5", "green-green", "live"]);
    expect([await host.edge.readActiveColor(), await host.edge.readAside()]).toEqual(["blue", 10]);
    await host.edge.moveTraffic("blue", 50);
    expect(await host.edge.readAside()).toBe(50);
    await host.edge.moveTraffic("green", 5);
    expect(there()).toEqual(["blue-0", "blue-1", "blue-5", "blue-blue", "green", "live"]);
    await host.edge.moveTraffic("green");
    expect(there()).toEqual(["green", "live"]);
    await host.edge.moveTraffic("green", 1);
    await host.edge.forgetServing();
    expect(there()).toEqual([]);
  });

  it("moves services one by one, and leaves nothing of it when all have moved, or come back", async () => {
    const there = () => readdirSync(path.join(root, "edge/switch")).sort();
    await host.edge.moveTraffic("blue");
    await host.edge.moveService("web", "green");
    await host.edge.moveService("web", "green");
    await host.edge.moveService("api-2", "green");
    expect(there()).toEqual(["live", "moved-green-api-2", "moved-green-web"]);
    expect(await host.edge.readMoved()).toEqual(expect.arrayContaining(["api-2", "web"]));
    await host.edge.moveService("web", "blue");
    expect([await host.edge.readMoved(), await host.edge.readActiveColor()]).toEqual([
      ["api-2"],
      "blue",
    ]);
    await host.edge.moveTraffic("green");
    expect([there(), await host.edge.readMoved()]).toEqual([["green", "live"], []]);
    await host.edge.moveService("web", "blue");
    expect(there()).toEqual(["green", "live", "moved-blue-web"]);
    await host.edge.moveTraffic("green");
    await host.edge.moveService("web", "blue");
    await host.edge.forgetServing();
    expect(there()).toEqual([]);
    await expect(host.edge.moveService("web", "blue")).rejects.toThrow("no set serves the others");
  });

  it("tells the edge what a set holds only once that is proven", async () => {
    await host.records.writePlacement("green", { number: 1, record, proven: false });
    expect(existsSync(path.join(root, "edge/switch/green.json"))).toBe(false);
    await host.prove("green", { number: 1, record });
    expect(existsSync(path.join(root, "edge/switch/green.json"))).toBe(true);
    await host.records.disprove("green");
    expect(await host.records.readPlacement("green")).toEqual({ number: 1, record, proven: false });
  });

  it("keeps what it writes readable for the edge, writable for its owner alone, and leaves no half file", async () => {
    await host.records.writePlacement("blue", { number: 1, record, proven: true });
    await host.edge.moveTraffic("green");
    expect(statSync(path.join(root, "edge/switch/green")).mode & 0o777).toBe(0o644);
    const files = readdirSync(root, { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
  });

  it("lists what is there while somebody else's half-written file goes", async () => {
    await host.records.reject(record, "not ready");
    // Listed, and gone when it is looked at: what a writer at the same moment leaves for an instant.
    symlinkSync(path.join(root, "absent"), path.join(root, "records/rejected/gone.json.tmp"));
    expect(await host.records.listRejections()).toHaveLength(1);
  });

  it("remembers what was rejected until it is acquitted", async () => {
    await host.records.reject(record, "not ready");
    expect(await host.records.readRejection(record.id)).toMatchObject({
      release: record.id,
      reason: "not ready",
    });
    expect(await host.records.listRejections()).toHaveLength(1);
    await host.records.acquit(record.id);
    expect(await host.records.readRejection(record.id)).toBeNull();
  });

  it("keeps the last releases' settings, and those of what a set holds however old", async () => {
    await host.records.writePlacement("blue", { number: 1, record, proven: true });
    await host.records.writeRelease(record);
    for (let version = 2; version < 40; version += 1) {
      await host.records.writeRelease(placedRelease(modelRelease({ web: version })));
    }
    expect(await host.records.readRelease(record.id)).toEqual(record);
    const kept = readdirSync(path.join(root, "records/releases"));
    expect(kept.length).toBeLessThanOrEqual(21);
  });

  it("fails with the file's name when a record is damaged", async () => {
    await host.records.writeSwitch({ number: 1, release: "a", color: "blue", at: "" });
    const file = path.join(root, "records/switch.json");
    writeFileSync(file, '{"number":');
    await expect(host.records.readSwitch()).rejects.toThrow(`${file}: is not JSON`);
  });
});
