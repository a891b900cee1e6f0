import type { DriftFacts } from "../../../../rules/drift/facts";
import type { DriftFinding } from "../../../../rules/drift/finding";
import { findDrift } from "../../../../rules/drift/rules";
import { driftContainer, driftFacts, driftSet } from "../../../support/driftFacts";

const GREEN = "shop-demo-green-quality-fabric-0";
const BLUE = "shop-demo-blue-quality-fabric-0";
const SSH = {
  user: "deploy",
  name: "demo.example.com",
  port: 2222,
  keys: [],
  identityFile: "/a b",
};

const find = (changes: Partial<DriftFacts>) => findDrift(driftFacts(changes));
const ids = (findings: readonly DriftFinding[]) => findings.map(({ id }) => id);

/** Facts with the set that serves, or the idle one, changed. */
function withSet(changes: Parameters<typeof driftSet>[0], others: Partial<DriftFacts> = {}) {
  const { color = "green" } = changes ?? {};
  const other = driftSet({ color: color === "green" ? "blue" : "green" });
  return find({ sets: [driftSet(changes), other], ...others });
}

describe("drift of a set's containers", () => {
  it("is none where all is as its record says", () => {
    expect(find({})).toEqual([]);
  });

  it("is one that is missing, which an update of it alone makes again with its limit of processes", () => {
    const [found] = withSet({ containers: [{ ...driftContainer(GREEN), found: null }] });
    expect(found).toEqual({
      ...{ id: `container-missing/${GREEN}`, severity: "error", where: GREEN, since: null },
      says: "is missing",
      repair:
        "pulumi up --yes --skip-preview --refresh --target '**::green-quality-fabric-0' --stack demo && " +
        `docker update --pids-limit 256 ${GREEN}`,
    });
  });

  it("of the idle set costs the way back, and goes with a release that is to come", () => {
    const containers = [{ ...driftContainer(BLUE), found: null }];
    const [found] = withSet({ color: "blue", containers }, { isPending: true });
    expect(found).toMatchObject({
      ...{ severity: "warning", says: "is missing; a rollback is not warm" },
      repair: "pulumi up --yes --skip-preview --refresh --stack demo",
    });
  });

  it("is one that does not run, except where the idle set is kept stopped", () => {
    const stopped = { state: "exited", exitCode: 137, endedAt: "2026-02-01T00:00:00Z" };
    const containers = [driftContainer(GREEN, stopped)];
    const [found] = withSet({ containers });
    expect(found).toMatchObject({
      ...{ id: `container-stopped/${GREEN}`, says: "is exited with exit code 137" },
      ...{ since: "2026-02-01T00:00:00Z", repair: "maestro secrets deliver --stack demo" },
    });
    const idle = { color: "blue", containers: [driftContainer(BLUE, stopped)] } as const;
    expect(ids(withSet(idle))).toEqual([`container-stopped/${BLUE}`]);
    expect(withSet(idle, { keepPrevious: "stopped" })).toEqual([]);
  });

  it("of services that move one by one is judged by the set that users get the service from", () => {
    const stopped = { state: "exited", exitCode: 0, endedAt: "2026-02-01T00:00:00Z" };
    const aside = { aside: true } as const;
    const left = { ...driftContainer(GREEN, stopped), ...aside };
    expect(withSet({ containers: [left] }, { keepPrevious: "stopped" })).toEqual([]);
    const moved = { ...driftContainer(BLUE, stopped), ...aside };
    const [found] = withSet({ color: "blue", containers: [moved] }, { keepPrevious: "stopped" });
    expect(found).toMatchObject({ id: `container-stopped/${BLUE}`, severity: "error" });
  });

  it("is a limit, which Docker changes as the container runs, on the host it is on", () => {
    const differences = [{ container: GREEN, what: "memory", wanted: "256 MB", got: "300 MB" }];
    const [found] = withSet({ differences }, { host: SSH });
    expect(found).toMatchObject({
      ...{ id: `limits-changed/${GREEN}`, says: "memory: wanted 256 MB, got 300 MB" },
      repair:
        "ssh -i '/a b' -p 2222 deploy@demo.example.com 'docker update --memory 256m --memory-swap 256m --cpus 1 " +
        `--pids-limit 256 ${GREEN}'`,
    });
  });

  it("is what it was made with, or a file in it, for which it is made again", () => {
    const differences = [{ container: GREEN, what: "variable A", wanted: "none", got: "one" }];
    const changedPaths = ["/app/a.py", "/app/b.py", "/app/c.py", "/app/d.py"];
    const found = withSet({ differences, containers: [driftContainer(GREEN, { changedPaths })] });
    expect(ids(found)).toEqual([`container-changed/${GREEN}`, `files-changed/${GREEN}`]);
    expect(found[1]?.says).toBe(
      "has other files than its image: /app/a.py, /app/b.py, /app/c.py and 1 more",
    );
    for (const { repair } of found) {
      expect(repair).toContain(`docker rm --force --volumes ${GREEN} && pulumi up`);
    }
    expect(found[0]?.since).toBe("2026-01-01T00:00:00Z");
  });

  it("is a secret that was delivered otherwise, by its name alone", () => {
    const containers = [driftContainer(GREEN, { otherSecrets: ["SECRET_KEY"] })];
    const [found] = withSet({ containers });
    expect(found?.says).toBe(
      "SECRET_KEY: what was delivered is not what version vc3e54193fd66 of its secrets has (values hidden)",
    );
    expect(found?.repair).toContain("maestro secrets deliver --stack demo && docker rm");
  });

  it("is one that is not ready, unless the edge that asks is what fails", () => {
    const containers = [driftContainer(GREEN, { unready: "status 503" })];
    expect(ids(withSet({ containers }))).toEqual([`container-unready/${GREEN}`]);
    const edge = { ...driftFacts().edge!, trouble: "does not answer" };
    expect(ids(withSet({ containers }, { edge }))).toEqual(["edge-silent/shop-demo-edge"]);
  });

  it("is no restart: that is said, and only of what is else as it was", () => {
    const startedAt = "2026-03-01T00:00:00Z";
    const restarted = { endedAt: "2026-02-28T00:00:00Z", startedAt };
    const [note] = withSet({ containers: [driftContainer(GREEN, restarted)] });
    expect(note).toMatchObject({ severity: "note", since: startedAt, repair: null });
    const changed = { ...restarted, changedPaths: ["/a"] };
    expect(ids(withSet({ containers: [driftContainer(GREEN, changed)] }))).toEqual([
      `files-changed/${GREEN}`,
    ]);
  });

  it("of a set that was never proven is told as a whole", () => {
    const blue = { color: "blue", proven: false, there: [BLUE] } as const;
    const containers = [{ ...driftContainer(BLUE), found: null }];
    const { id } = driftSet().record;
    const [found, ...others] = withSet({ ...blue, containers });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ id: "idle-stale/blue", severity: "warning" });
    expect(found?.repair).toBe("pulumi up --yes --skip-preview --stack demo");
    const [rejected] = withSet({ ...blue, containers }, { rejected: [id], isPending: true });
    expect(rejected?.repair).toMatch(/^git checkout Pulumi.demo.yaml services.yaml && pulumi up /);
    expect(withSet(blue, { keepPrevious: "removed" })).toEqual([]);
    expect(withSet({ ...blue, there: [] })).toEqual([]);
  });
});
