import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { HostDirectory } from "../../../host/hostDirectory";
import { localHost } from "../../../host/localHost";
import type { HandRule } from "../../../rules/edge/byHand";

const NOW = 1_796_011_385;
let root: string;
let directory: HostDirectory;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maestro-hand-"));
  directory = new HostDirectory(localHost, root);
});

afterEach(() => rmSync(root, { recursive: true }));

const rule = (kind: HandRule["kind"], seconds: number, more: Partial<HandRule> = {}): HandRule => ({
  ...{ kind, until: new Date((NOW + seconds) * 1000).toISOString(), by: "ops", at: "", ...more },
});
const at = (...parts: string[]) => path.join(root, "edge/hand", ...parts);
const files = (name: string) => (existsSync(at(name)) ? readdirSync(at(name)).sort() : []);

describe("the markers of rules by hand", () => {
  it("are there from now to the end, and the guard with them", async () => {
    await directory.hand.place(rule("pause", 8), NOW);
    expect(files("pause")).toEqual(["179601138", "1796011390", "1796011391", "1796011392"]);
    expect(existsSync(at("on"))).toBe(true);
    await directory.hand.lift({ kind: "pause" });
    expect(files("pause")).toEqual([]);
  });

  it("make a rule shorter when it is given again", async () => {
    await directory.hand.place(rule("maintenance", 3600), NOW);
    await directory.hand.place(rule("maintenance", 5), NOW);
    expect(files("maintenance")).toEqual(["179601138"]);
  });

  it("are apart for each client, also where one address begins as another", async () => {
    for (const address of ["198.51.100.1", "198.51.100.17", "2001:db8::1"]) {
      await directory.hand.place(rule("blocked", 5, { address }), NOW);
    }
    await directory.hand.lift({ kind: "blocked", address: "198.51.100.1" });
    expect(files("blocked")).toEqual(["198.51.100.17-179601138", "2001:db8::1-179601138"]);
  });

  it("let through whom the last maintenance allows, and nobody after it", async () => {
    const { hand } = directory;
    const allow = ["198.51.100.7", "2001:db8::7"];
    await hand.place(rule("maintenance", 60, { allow, retryAfterSeconds: 300 }), NOW, "<h1>x");
    await hand.place(
      rule("maintenance", 60, { allow: ["2001:db8::7"], retryAfterSeconds: 10 }),
      NOW,
    );
    expect([files("allowed"), files("retryAfter")]).toEqual([["2001:db8::7"], ["10"]]);
    await hand.place(rule("maintenance", 60), NOW, "<h1>y");
    expect([files("allowed"), files("retryAfter")]).toEqual([[], []]);
    expect(readFileSync(at("page.html"), "utf8")).toBe("<h1>y");
    await hand.lift({ kind: "maintenance" });
    expect(existsSync(at("page.html"))).toBe(false);
  });

  it("go with the stack", async () => {
    const blocked = rule("blocked", 60, { address: "2001:db8::1" });
    await directory.records.byHand.write(blocked);
    await directory.hand.place(blocked, NOW);
    await directory.forgetServing();
    expect(await directory.records.byHand.list()).toEqual([]);
    expect([files("blocked"), existsSync(at("on"))]).toEqual([[], false]);
  });
});
