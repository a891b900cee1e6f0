import {
  assignSlots,
  dynamicRange,
  edgeAddress,
  gatewayAddress,
  MAX_REPLICAS,
  MAX_SLOTS,
  replicaAddress,
} from "../../../release/addresses";
import { desiredRelease } from "../../../release/desiredRelease";
import {
  appendHistory,
  HISTORY_LENGTH,
  isReturn,
  type HistoryEntry,
} from "../../../release/history";
import { listenUrl } from "../../../rules/edge/listenUrl";
import { containerName, expectedReplicas, imageReference } from "../../../rules/stepInput";
import { canonicalJson, createRelease, digestsOf, otherColor } from "../../../release/release";
import { previousState, releaseOutput } from "../../../release/stackOutputs";
import { digestOf, modelRelease, placedRelease, serviceRelease } from "../../support/releases";

const SUBNET = "10.213.0.0/16";

describe("addresses", () => {
  it("gives every replica of both sets an address of its own, apart from edge and gateway", () => {
    const taken = new Set([edgeAddress(SUBNET), gatewayAddress(SUBNET)]);
    const colors = ["blue", "green"] as const;
    for (const color of colors) {
      for (let slot = 0; slot < MAX_SLOTS; slot += 1) {
        for (let replica = 0; replica < MAX_REPLICAS; replica += 1) {
          const address = replicaAddress(SUBNET, color, slot, replica);
          expect(taken.has(address)).toBe(false);
          taken.add(address);
        }
      }
    }
    expect([...taken].every((address) => /^10\.213\.\d{1,3}\.\d{1,3}$/.test(address))).toBe(true);
    expect([...taken].some((address) => address.startsWith("10.213.1."))).toBe(false);
    expect(dynamicRange(SUBNET)).toBe("10.213.1.0/24");
  });

  it("keeps a service's slot on the set, then takes the other set's, then the lowest free one", () => {
    const record = (slots: Record<string, number>) => ({
      ...placedRelease(modelRelease({})),
      slots,
    });
    const held = { blue: record({ a: 3 }), green: record({ a: 1, b: 0, c: 3 }) };
    expect(assignSlots(["a", "b", "c", "d"], held, "blue")).toEqual({ a: 3, b: 0, c: 1, d: 2 });
    // What leaves a set holds its address until the end of the update.
    const renamed = { blue: record({ a: 0, b: 1 }), green: null };
    expect(assignSlots(["a", "c"], renamed, "blue")).toEqual({ a: 0, c: 2 });
    const moved = { blue: record({ a: 0, b: 1 }), green: record({ a: 0, c: 1 }) };
    expect(assignSlots(["a", "c"], moved, "blue")).toEqual({ a: 0, c: 2 });
    const many = Array.from({ length: MAX_SLOTS }, (_, slot) => slot);
    const full = { blue: record(Object.fromEntries(many.map((n) => [`s${n}`, n]))), green: null };
    expect(assignSlots(["t", "s0"], full, "blue")).toEqual({ t: 1, s0: 0 });
    expect(assignSlots(["a", "b"], { blue: null, green: null }, "blue")).toEqual({ a: 0, b: 1 });
  });
});

describe("a release", () => {
  it("has the same id for the same content, in any order", () => {
    const one = createRelease({ a: serviceRelease({ version: 1 }), b: serviceRelease({}) });
    const two = createRelease({ b: serviceRelease({}), a: serviceRelease({ version: 1 }) });
    expect(one.id).toBe(two.id);
    expect(one.id).toMatch(/^[a-f][0-9a-f]{11}$/);
  });

  it.each([
    ["a digest", { digest: digestOf(2) }],
    ["an environment variable", { env: { LOG: "debug" } }],
    ["a resource", { resources: { memoryMegabytes: 128, cpus: "1", pids: 256 } }],
    ["the number of replicas", { replicas: 2 }],
  ])("has another id when %s changes", (_what, overrides) => {
    const before = createRelease({ a: serviceRelease({}) });
    expect(createRelease({ a: serviceRelease({ overrides }) }).id).not.toBe(before.id);
  });

  it("lists the replicas it expects with the image each must run", () => {
    const release = createRelease({ web: serviceRelease({ overrides: { replicas: 2 } }) });
    const image = `localhost:5000/maestro/web@${digestOf(1)}`;
    expect(expectedReplicas(placedRelease(release))).toEqual([
      { service: "web", replica: 0, image },
      { service: "web", replica: 1, image },
    ]);
    expect(imageReference(serviceRelease({}))).toBe(image);
    expect(containerName("maestro-demo", "green", "web", 1)).toBe("maestro-demo-green-web-1");
  });

  it("writes equal values as equal text", () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });

  it("knows the other color", () => {
    expect([otherColor("blue"), otherColor("green")]).toEqual(["green", "blue"]);
  });
});

describe("desiredRelease", () => {
  const { digest, ...settings } = serviceRelease({});
  const request = { services: { web: settings }, release: { web: digest }, settingsFrom: null };

  it("joins the stack's digests with today's settings", () => {
    expect(desiredRelease(request, () => null)).toEqual(createRelease({ web: serviceRelease({}) }));
  });

  it("takes the recorded settings of a release that was rolled back to", () => {
    const recorded = createRelease({ web: serviceRelease({ overrides: { replicas: 3 } }) });
    const rolledBack = { ...request, settingsFrom: recorded.id };
    expect(desiredRelease(rolledBack, (id) => (id === recorded.id ? recorded : null))).toEqual(
      recorded,
    );
  });

  it("fails when the recorded release is unknown, or has other digests", () => {
    const rolledBack = { ...request, settingsFrom: "0123456789ab" };
    expect(() => desiredRelease(rolledBack, () => null)).toThrow(
      "maestro:settingsFrom: release 0123456789ab is not recorded any more; remove it " +
        "(`pulumi config rm maestro:settingsFrom`) to release with today's settings",
    );
    const other = createRelease({ web: serviceRelease({ version: 9 }) });
    expect(() => desiredRelease(rolledBack, () => other)).toThrow(
      "maestro:settingsFrom: release 0123456789ab has other digests than maestro:release",
    );
  });
});

describe("history", () => {
  const origin = () => ({ at: "2026-01-01T00:00:00.000Z", by: "ada@desk", commit: null });
  const release = modelRelease({ web: 1 });

  it("puts the update on top", () => {
    expect(appendHistory({}, release, "blue", origin)).toEqual([
      {
        number: 1,
        release: release.id,
        color: "blue",
        action: "deploy",
        ...origin(),
        digests: digestsOf(release),
        verdict: "switched",
      },
    ]);
  });

  it("names the commits of the images, and nothing where none is known", () => {
    const reasons = { promotion: null, pinReason: null };
    const revisions = { web: "3f2a90c1d7e3" };
    const known = appendHistory({}, release, "blue", origin, { ...reasons, revisions });
    expect(known[0]).toMatchObject({ release: release.id, revisions });
    const unknown = appendHistory({}, release, "blue", origin, { ...reasons, revisions: {} });
    expect(unknown).toEqual(appendHistory({}, release, "blue", origin));
  });

  it("keeps what the watch has said, and nothing where that is not known", () => {
    const reasons = { promotion: null, pinReason: null };
    const [known] = appendHistory({}, release, "blue", origin, { ...reasons, watched: "pass" });
    expect(known).toMatchObject({ verdict: "switched", watched: "pass" });
    const [unknown] = appendHistory({}, release, "blue", origin, reasons);
    expect(unknown).not.toHaveProperty("watched");
  });

  it("calls it a rollback when the release served before", () => {
    const history = appendHistory({}, release, "blue", origin);
    const other = { id: "0123456789ab" };
    const [entry] = appendHistory({ release: other, history }, release, "green", origin);
    expect(entry).toMatchObject({ action: "rollback", color: "green" });
  });

  it("tells a service that is taken away again, or a setting taken back, from a rollback", () => {
    const more = modelRelease({ web: 1, api: 1 });
    const first = appendHistory({}, release, "blue", origin);
    const second = appendHistory({ release, history: first }, more, "green", origin);
    const previous = { release: more, history: second };
    const removed = appendHistory(previous, release, "blue", origin);
    expect(removed[0]).toMatchObject({ action: "deploy", number: 1 });
    const reasons = { promotion: null, pinReason: null, settingsFrom: release.id };
    const [back] = appendHistory(previous, release, "blue", origin, reasons);
    expect(back).toMatchObject({ action: "rollback", number: 1 });
    // Its images are tagged already, before and after the outputs have it.
    expect(isReturn(previous, release.id)).toBe(true);
    expect(isReturn({ release, history: removed }, release.id)).toBe(true);
    expect(isReturn({ release, history: first }, release.id)).toBe(false);
  });

  it("calls it a rollback when other images served in between, whoever wrote their digests", () => {
    const other = modelRelease({ web: 2 });
    const first = appendHistory({}, release, "blue", origin);
    const history = appendHistory({ release, history: first }, other, "green", origin);
    const [entry] = appendHistory({ release: other, history }, release, "blue", origin);
    expect(entry).toMatchObject({ action: "rollback", number: 1 });
  });

  it("keeps the last ten", () => {
    const [entry] = appendHistory({}, release, "blue", origin);
    const history = Array.from({ length: HISTORY_LENGTH }, () => entry as HistoryEntry);
    expect(appendHistory({ history }, release, "blue", origin)).toHaveLength(HISTORY_LENGTH);
  });

  it("does not change when the release is recorded already", () => {
    const history: HistoryEntry[] = [];
    expect(appendHistory({ release, history }, release, "blue", origin)).toBe(history);
  });
});

describe("outputs", () => {
  it("are no previous state until an update has succeeded", () => {
    expect(previousState({})).toBeNull();
    expect(previousState(null)).toBeNull();
    const sets = { blue: null, green: null };
    expect(previousState({ activeColor: "green", containerSets: sets })).toEqual({
      activeColor: "green",
      sets,
    });
  });

  it("show a release by id and digests", () => {
    const release = modelRelease({ web: 1 });
    expect(releaseOutput(release)).toEqual({ id: release.id, digests: { web: digestOf(1) } });
  });

  it("reach a listener on all addresses by loopback", () => {
    expect(listenUrl({ address: "0.0.0.0", port: 80 })).toBe("http://127.0.0.1:80");
    expect(listenUrl({ address: "192.0.2.1", port: 8080 })).toBe("http://192.0.2.1:8080");
  });
});
