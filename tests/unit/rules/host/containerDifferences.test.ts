import {
  describeDifference,
  findDifferences,
  withoutMissingLimits,
} from "../../../../rules/host/containerDifferences";
import type { InspectedContainer, InspectedImage } from "../../../../rules/host/inspectedContainer";
import { expectedContainers } from "../../../../rules/host/expectedContainer";
import type { ServiceRelease } from "../../../../release/release";
import { SAMPLE_CONTAINER, SAMPLE_IMAGE, sampleRecord } from "../../../support/inspectSamples";

const NAME = "maestro-development-blue-quality-fabric-0";

interface Case {
  readonly record?: Partial<ServiceRelease>;
  readonly config?: Partial<InspectedContainer["Config"]>;
  readonly host?: Partial<InspectedContainer["HostConfig"]>;
  readonly mounts?: InspectedContainer["Mounts"];
  readonly image?: InspectedImage | null;
}

function differences({ record, config, host, mounts, image = SAMPLE_IMAGE }: Case = {}) {
  const set = {
    prefix: "maestro-development",
    color: "blue" as const,
    record: sampleRecord(record),
    subnet: "10.213.0.0/16",
  };
  const [expected] = expectedContainers(set);
  const actual = {
    ...SAMPLE_CONTAINER,
    Config: { ...SAMPLE_CONTAINER.Config, ...config },
    HostConfig: { ...SAMPLE_CONTAINER.HostConfig, ...host },
    ...(mounts && { Mounts: mounts }),
  };
  return findDifferences(expected!, actual, image);
}

const words = (its: Case) =>
  differences(its).map((found) => describeDifference(found).replace(`container ${NAME}: `, ""));

const { Env, Labels } = SAMPLE_CONTAINER.Config;
const [secrets] = SAMPLE_CONTAINER.Mounts!;
const volume = { Type: "volume", Source: "/var/lib/docker/volumes/x/_data", Destination: "/data" };

describe("a container that was made as its record says", () => {
  it.each<[string, Case]>([
    ["is no other one", {}],
    ["lost its image's name and its image", { image: null }],
    ["runs on a kernel without a limit for swap", { host: { MemorySwap: -1 } }],
    [
      "has the volume that its image declares",
      {
        mounts: [secrets!, volume],
        image: { Config: { ...SAMPLE_IMAGE.Config, Volumes: { "/data": {} } } },
      },
    ],
    [
      "has scratch space where its image declares a volume",
      {
        host: { Tmpfs: { ...SAMPLE_CONTAINER.HostConfig.Tmpfs, "/data": "rw,noexec" } },
        image: { Config: { ...SAMPLE_IMAGE.Config, Volumes: { "/data": {} } } },
      },
    ],
    [
      "has its secrets in a directory that was moved since",
      {
        mounts: [{ ...secrets!, Source: secrets!.Source!.replace("/dev/shm", "/run/other") }],
      },
    ],
    [
      "has its scratch space in another size",
      { host: { Tmpfs: { "/tmp": "nodev,nosuid,noexec" } } },
    ],
    [
      "has a secret's value in a variable, whatever it is",
      {
        record: { secrets: [{ name: "SECRET_KEY", environment: true }] },
        config: { Env: [...Env!, "SECRET_KEY=anything"] },
      },
    ],
    [
      "was given fractions of processors",
      {
        record: { resources: { memoryMegabytes: 256, cpus: "0.3", pids: 256 } },
        host: { NanoCpus: 300000000 },
      },
    ],
  ])("%s", (_what, its) => {
    expect(differences(its)).toEqual([]);
  });
});

describe("a container that differs", () => {
  it.each<[string, Case, string[]]>([
    [
      "image",
      { config: { Image: "localhost:5000/maestro/quality-fabric:latest" } },
      [
        `image: wanted ${SAMPLE_CONTAINER.Config.Image}, got localhost:5000/maestro/quality-fabric:latest`,
      ],
    ],
    [
      "command",
      { record: { command: ["serve"] } },
      [`command: wanted ["serve"], got ${JSON.stringify(SAMPLE_CONTAINER.Config.Cmd)}`],
    ],
    [
      "command of the image",
      { config: { Cmd: ["old"] } },
      [`command: wanted ${JSON.stringify(SAMPLE_CONTAINER.Config.Cmd)}, got ["old"]`],
    ],
    ["user", { config: { User: "" } }, ["user: wanted 10001:10001, got root"]],
    [
      "variable changed",
      { record: { env: { LOG_LEVEL: "debug" } } },
      ["variable LOG_LEVEL: wanted the record's value, got another one"],
    ],
    [
      "variable missing",
      { record: { env: { LOG_LEVEL: "info", NEW: "1" } } },
      ["variable NEW: wanted the record's value, got none"],
    ],
    ["variable left over", { record: { env: {} } }, ["variable LOG_LEVEL: wanted none, got one"]],
    [
      "variable of the image",
      { config: { Env: Env!.map((line) => (line.startsWith("HOME=") ? "HOME=/root" : line)) } },
      ["variable HOME: wanted the image's value, got one"],
    ],
    [
      "secret's variable",
      { record: { secrets: [{ name: "SECRET_KEY", environment: true }] } },
      ["variable SECRET_KEY: wanted a secret's value, got none"],
    ],
    [
      "generation",
      { config: { Labels: { ...Labels, "maestro.generation": "7" } } },
      ["label maestro.generation: wanted 1, got 7"],
    ],
    [
      "memory",
      { host: { Memory: 134217728, MemorySwap: -1 } },
      ["memory: wanted 256 MB, got 128 MB"],
    ],
    ["swap", { host: { MemorySwap: 536870912 } }, ["memory with swap: wanted 256 MB, got 512 MB"]],
    ["processors", { host: { NanoCpus: 0 } }, ["processors: wanted 1, got no limit"]],
    ["processes", { host: { PidsLimit: null } }, ["processes: wanted 256, got no limit"]],
    [
      "root file system",
      { host: { ReadonlyRootfs: false } },
      ["root file system: wanted read-only, got writable"],
    ],
    [
      "capabilities",
      { host: { CapDrop: null, CapAdd: ["NET_ADMIN"] } },
      [
        "capabilities: wanted all dropped, got none",
        "added capabilities: wanted none, got NET_ADMIN added",
      ],
    ],
    [
      "privileges",
      { host: { SecurityOpt: null } },
      ["new privileges: wanted refused, got possible"],
    ],
    [
      "scratch space",
      { record: { scratchPaths: ["/tmp", "/cache"] } },
      ["scratch space /cache: wanted one, got none"],
    ],
    [
      "scratch space that runs programs",
      { host: { Tmpfs: { "/tmp": "rw,nosuid,nodev" } } },
      ["scratch space /tmp: wanted noexec, got rw,nosuid,nodev"],
    ],
    [
      "scratch space left over",
      { record: { scratchPaths: [] } },
      ["scratch space /tmp: wanted none, got one"],
    ],
    [
      "secrets of another version",
      { record: { secretVersion: "v2" } },
      [
        expect.stringMatching(
          /^mount \/run\/secrets: wanted …\/maestro-development\/blue\/quality-fabric-[0-9a-f]{16}, got \/dev\/shm\/maestro\/maestro-development\/blue\/quality-fabric-1e0d3530cad07171$/,
        ),
      ],
    ],
    [
      "secrets not mounted",
      { mounts: [] },
      [
        "mount /run/secrets: wanted …/maestro-development/blue/quality-fabric-1e0d3530cad07171, got none",
      ],
    ],
    [
      "secrets writable",
      { mounts: [{ ...secrets!, RW: true }] },
      ["mount /run/secrets: wanted read-only, got writable"],
    ],
    ["a mount", { mounts: [secrets!, volume] }, [`mount /data: wanted none, got ${volume.Source}`]],
    [
      "time to stop",
      { config: { StopTimeout: null } },
      ["time to stop: wanted 10 s, got the Engine's own"],
    ],
  ])("is told by name, with what it should be and is: %s", (_what, its, lines) => {
    expect(words(its)).toEqual(lines);
  });

  it("is told by its address, also where the container is stopped", () => {
    const [expected] = expectedContainers({
      prefix: "maestro-development",
      color: "blue",
      record: { ...sampleRecord(), slots: { "quality-fabric": 4 } },
      subnet: "10.213.0.0/16",
    });
    expect(findDifferences(expected!, SAMPLE_CONTAINER, SAMPLE_IMAGE)).toEqual([
      {
        container: NAME,
        what: "address in maestro-development",
        wanted: "10.213.16.64",
        got: "10.213.16.48",
      },
    ]);
  });

  it("never shows the value of a variable", () => {
    const env = ["LOG_LEVEL=hunter2", "EXTRA=hunter2", "SECRET_KEY_FILE=hunter2"];
    expect(JSON.stringify(differences({ config: { Env: env } }))).not.toContain("hunter2");
  });

  it("is not one for a limit that the host's kernel does not have", () => {
    const found = differences({ host: { Memory: 0, PidsLimit: null, NanoCpus: 5e8 } });
    expect(withoutMissingLimits(found, { MemoryLimit: false, PidsLimit: true })).toEqual(
      found.filter(({ what }) => what !== "memory"),
    );
    expect(withoutMissingLimits(found, { CpuCfsQuota: false })).toEqual(found);
  });
});
