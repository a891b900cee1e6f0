import { readFileSync } from "node:fs";
import path from "node:path";
import type { DriftFacts, ListedContainer } from "../../../../rules/drift/facts";
import type { DriftFinding } from "../../../../rules/drift/finding";
import { DRIFT_RULES, findDrift } from "../../../../rules/drift/rules";
import type { PreviewStep } from "../../../../rules/delivery/preview";
import { DRIFT_CONFIG, driftContainer, driftFacts, driftSet } from "../../../support/driftFacts";

const DIGEST = (letter: string) => `sha256:${letter.repeat(64)}`;
const FILE = "/var/lib/maestro/shop-demo/edge/conf/nginx.conf";

const find = (changes: Partial<DriftFacts>) => findDrift(driftFacts(changes));
const ids = (findings: readonly DriftFinding[]) => findings.map(({ id }) => id);
const idsOf = (changes: Partial<DriftFacts>) => ids(find(changes));
const withEdge = (changes: object) => find({ edge: { ...driftFacts().edge!, ...changes } });

describe("drift of the edge's configuration", () => {
  const edited = DRIFT_CONFIG.replace("server_tokens off", "server_tokens on");

  it("is a file that is not what its own generation says, whoever has loaded it", () => {
    const [found, ...others] = withEdge({ file: edited, seen: edited });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      ...{ id: "edge-config-edited/shop-demo", where: FILE, since: "2026-01-01T00:00:00Z" },
      says: "was edited by hand; nginx has loaded it",
      repair: "pulumi up --yes --skip-preview --refresh --target '**::edge-config' --stack demo",
    });
    const later = { file: edited, writtenAt: "2026-01-01T01:00:00Z" };
    expect(withEdge(later)[0]?.says).toContain("nginx has not loaded it yet");
    expect(withEdge({ ...later, loadedAt: null })[0]?.says).toContain("nginx does not run");
  });

  it("is none where an older nginx was spared a directive", () => {
    const spared = DRIFT_CONFIG.replace(
      /^( *)(keepalive_min_timeout .*)$/m,
      "$1# unknown here: $2",
    );
    expect(spared).not.toBe(DRIFT_CONFIG);
    expect(withEdge({ file: spared, seen: spared })).toEqual([]);
  });

  it("is one that is gone, not seen in the container, or not loaded", () => {
    expect(ids(withEdge({ file: null }))).toEqual(["edge-config-missing/shop-demo"]);
    const [unseen] = withEdge({ seen: "other" });
    expect(unseen).toMatchObject({
      ...{ id: "edge-config-unseen/shop-demo", repair: "docker restart shop-demo-edge" },
    });
    for (const unloaded of [
      { generation: "0123456789ab" },
      { writtenAt: "2026-01-02T00:00:00Z" },
    ]) {
      expect(withEdge(unloaded)).toMatchObject([
        {
          id: "edge-config-unloaded/shop-demo",
          repair: "docker kill --signal HUP shop-demo-edge",
        },
      ]);
    }
  });

  it("is not judged where nobody could look", () => {
    expect(find({ edge: null, images: null, secrets: null, brokenLinks: null })).toEqual([]);
  });
});

describe("drift of edge and database", () => {
  it("is a container that is gone or stopped; the edge's silence is then no news", () => {
    const edge = { ...driftFacts().edge!, trouble: "does not answer", seen: null, loadedAt: null };
    const containers = driftFacts().containers.filter(({ name }) => name !== "shop-demo-edge");
    const [down, database] = find({ edge, containers, hasPostgres: true });
    expect(down).toMatchObject({ id: "edge-down/shop-demo-edge", says: "is missing" });
    expect(down?.repair).toContain("--target '**::edge-nginx'");
    expect(database?.id).toBe("database-down/shop-demo-postgres");
    const stopped = driftFacts().containers.map((each) => ({ ...each, state: "exited" }));
    expect(find({ edge, containers: stopped })[0]?.repair).toBe("docker start shop-demo-edge");
  });
});

describe("drift by others' containers", () => {
  const other = (changes: Partial<ListedContainer>): ListedContainer => ({
    ...{ name: "redis", state: "running", createdAt: "2026-01-01T00:00:00Z" },
    ...{ labels: {}, networks: ["bridge"], ports: [], ...changes },
  });
  const withOther = (changes: Partial<ListedContainer>) =>
    find({ containers: [...driftFacts().containers, other(changes)] });

  it("is one in the stack's network, that is taken out of it and goes on", () => {
    expect(withOther({})).toEqual([]);
    expect(withOther({ networks: ["bridge", "shop-demo"] })).toMatchObject([
      {
        ...{ id: "foreign-container/redis", severity: "error" },
        repair: "docker network disconnect --force shop-demo redis",
      },
    ]);
  });

  it("is one on the edge's port, of the same address or of all", () => {
    const on = (address: string, port = 8080) => ids(withOther({ ports: [{ address, port }] }));
    expect(on("0.0.0.0")).toEqual(["foreign-port/redis"]);
    expect(on("127.0.0.1")).toEqual(["foreign-port/redis"]);
    expect(on("10.0.0.1")).toEqual([]);
    expect(on("127.0.0.1", 8081)).toEqual([]);
  });

  it("is its own that no set wants, by name and label", () => {
    const labels = { "maestro.stack": "shop-demo" };
    const name = "shop-demo-migrate-web";
    expect(ids(withOther({ labels, name }))).toEqual([`leftover-container/${name}`]);
    // An image that was committed from one of the stack's containers gives its label to others.
    expect(withOther({ labels })).toEqual([]);
  });
});

describe("drift of what releases need", () => {
  it("is a secret that was changed since", () => {
    const secret = { service: "web", secret: "web in Pulumi.demo.secrets.yaml", serving: "v1" };
    const currentSince = "2026-02-01T00:00:00Z";
    expect(find({ secrets: [{ ...secret, current: "v1", currentSince }] })).toEqual([]);
    expect(find({ secrets: [{ ...secret, current: "v2", currentSince }] })).toMatchObject([
      {
        ...{ id: "secret-rotated/web", where: secret.secret, since: currentSince },
        repair: "pulumi up --yes --skip-preview --stack demo",
      },
    ]);
  });

  it("is an image that the registry has lost: pushed again, or its release is forgotten", () => {
    const reference = `localhost:5000/web@${DIGEST("a")}`;
    const wantedBy = [{ release: "a23456789abc", held: "kept" as const }];
    const image = { reference, wantedBy, isInRegistry: false, isOnHost: true };
    const [there] = find({ images: [image] });
    expect(there).toMatchObject({
      ...{ id: `image-missing/${reference}`, severity: "warning" },
      repair:
        `docker tag ${reference} localhost:5000/web:restored-aaaaaaaaaaaa && ` +
        "docker push localhost:5000/web:restored-aaaaaaaaaaaa",
    });
    const [gone] = find({ images: [{ ...image, isOnHost: false }] });
    expect(gone).toMatchObject({
      severity: "error",
      repair: "rm -f /var/lib/maestro/shop-demo/records/releases/a23456789abc.json",
    });
    const serves = [{ release: "a23456789abc", held: "serves" as const }];
    const [serving] = find({ images: [{ ...image, wantedBy: serves, isOnHost: false }] });
    expect(serving?.repair).toMatch(/^maestro images --stack demo && pulumi up/);
  });

  it("is an image that the stack before has never served; being behind is said alone", () => {
    const upstream = { stack: "demo0", digests: { "quality-fabric": DIGEST("b") } };
    const { digest } = driftSet().record.services["quality-fabric"]!;
    const at = "2026-02-01T00:00:00Z";
    const now = { digests: upstream.digests, at };
    const before = { digests: { "quality-fabric": digest }, at: "2026-01-01T00:00:00Z" };
    expect(find({ upstream: { ...upstream, history: [now, before] } })).toMatchObject([
      { id: "promotion-behind/demo0", severity: "note", since: at, repair: null },
    ]);
    expect(find({ upstream: { ...upstream, history: [now] } })).toMatchObject([
      {
        ...{ id: "promotion-ahead/demo0", severity: "warning" },
        repair:
          `pulumi config set-all --path --plaintext maestro:release.quality-fabric=${digest} --stack demo0 && ` +
          "pulumi up --yes --skip-preview --stack demo0",
      },
    ]);
    const same = { ...upstream, digests: before.digests, history: [before] };
    expect(find({ upstream: same })).toEqual([]);
  });
});

describe("drift of what is left behind, and of the record", () => {
  it("is what has the stack's label and no use, except the database's volume", () => {
    const old = { createdAt: "2026-01-01T00:00:00Z" };
    const found = find({
      networks: [
        { name: "shop-demo", ...old },
        { name: "shop-demo-old", ...old },
      ],
      volumes: [
        { name: "shop-demo-postgres", ...old },
        { name: "cache", ...old },
      ],
      leftFiles: [{ file: "/d/edge/conf/candidate.conf", writtenAt: old.createdAt }],
    });
    expect(found.map(({ repair }) => repair)).toEqual([
      "rm -f /d/edge/conf/candidate.conf",
      "docker network rm shop-demo-old",
      "docker volume rm cache",
    ]);
  });

  it("is an event that was changed or is gone", () => {
    expect(find({ brokenLinks: ["event 2 is missing"] })).toMatchObject([
      { id: "records-broken/event-2-is-missing", severity: "error" },
    ]);
  });

  it("is an output that says otherwise than the edge", () => {
    const outputs = { activeColor: "blue", release: null } as const;
    const { id } = driftSet().record;
    const [stopped] = find({ outputs });
    expect(stopped?.says).toBe(
      "the outputs say blue, the edge serves green: an update was stopped",
    );
    const [rejected] = find({ outputs, rejected: [id] });
    expect(rejected?.repair).toBe("maestro rollback --stack demo");
    const other = { activeColor: "green", release: { id: "b23456789abc" } } as const;
    expect(idsOf({ outputs: other })).toEqual(["outputs-stale/demo"]);
    expect(idsOf({ activeColor: null })).toEqual(["nothing-serves/demo"]);
    expect(idsOf({ sets: [] })).toContain("record-missing/demo");
  });

  it("is a resource that a provider sees otherwise, where the host has not told of it", () => {
    const step = (op: string, name: string, diffReasons?: string[]): PreviewStep => ({
      ...{ op, urn: `urn:pulumi:demo::shop::docker:index/container:Container::${name}` },
      ...{ oldState: { type: "docker:index/container:Container" } },
      ...(diffReasons ? { diffReasons } : {}),
    });
    const resources = [
      step("refresh", "kept"),
      step("update", "edge-nginx", ["memorySwap", "memory"]),
      step("delete", "green-quality-fabric-0"),
    ];
    const found = find({ resources });
    expect(found.map(({ says }) => says)).toEqual([
      "Container green-quality-fabric-0 is gone",
      "Container edge-nginx was changed: memory, memorySwap",
    ]);
    expect(found[0]?.where).toBe("shop-demo-green-quality-fabric-0");
    const containers = [{ ...driftContainer("shop-demo-green-quality-fabric-0"), found: null }];
    const sets = [driftSet({ containers }), driftSet({ color: "blue" })];
    expect(idsOf({ resources, sets })).toEqual([
      "container-missing/shop-demo-green-quality-fabric-0",
      "resource-changed/edge-nginx",
    ]);
  });
});

it("has a line in the runbook for each kind of drift", () => {
  const page = readFileSync(path.join(__dirname, "../../../../docs/runbook.md"), "utf8");
  const [section = ""] = page.split("\n## Drift\n")[1]!.split("\n## ");
  const told = [...section.matchAll(/^\| `([\w-]+)`/gm)].map(([, kind]) => kind);
  expect(told.sort()).toEqual(DRIFT_RULES.flatMap(({ kinds }) => kinds).sort());
});
