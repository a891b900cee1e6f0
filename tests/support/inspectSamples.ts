import type { InspectedContainer, InspectedImage } from "../../rules/host/inspectedContainer";
import { createRelease, type ReleaseRecord, type ServiceRelease } from "../../release/release";

const DIGEST = "sha256:4bf43b04af144402f28131f4d0464bf078d29ded559adb24bf6748d9e0f433c1";
const MEMORY = 268435456;
const COMMAND = ["python3", "-c", "import uvicorn; uvicorn.main()", "main:app", "--port", "8000"];
const OF_IMAGE = ["PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/tmp"];

/** One service of `maestro-development`, as its record on the host has it. */
export const SAMPLE_SERVICE: ServiceRelease = {
  repository: "localhost:5000/maestro/quality-fabric",
  digest: DIGEST,
  port: 8000,
  replicas: 1,
  command: null,
  user: "10001:10001",
  env: { LOG_LEVEL: "info" },
  secrets: ["SECRET_KEY"],
  secretVersion: "vc3e54193fd66",
  migration: null,
  health: {
    livePath: "/health",
    readyPath: "/ready",
    passes: 2,
    intervalMilliseconds: 100,
    deadlineSeconds: 30,
  },
  route: {
    path: "/quality-fabric/",
    host: null,
    stripPrefix: true,
    maxBodyMegabytes: 10,
    readTimeoutSeconds: 60,
    rateLimitPerSecond: null,
    corsOrigins: [],
  },
  resources: { memoryMegabytes: 256, cpus: "1", pids: 256 },
  stopGraceSeconds: 10,
  scratchPaths: ["/tmp"],
  dependsOn: [],
};

/** A record of that service alone, with other settings where told. */
export function sampleRecord(overrides: Partial<ServiceRelease> = {}): ReleaseRecord {
  const services = { "quality-fabric": { ...SAMPLE_SERVICE, ...overrides } };
  return { ...createRelease(services), slots: { "quality-fabric": 3 }, generation: 1 };
}

/** What Docker 20.10.24 said of its container (`docker inspect`), what is not compared left out. */
export const SAMPLE_CONTAINER: InspectedContainer = {
  Config: {
    Image: `localhost:5000/maestro/quality-fabric@${DIGEST}`,
    Cmd: COMMAND,
    Env: [
      "LOG_LEVEL=info",
      `MAESTRO_DIGEST=${DIGEST}`,
      "MAESTRO_SERVICE=quality-fabric",
      "MAESTRO_SET=blue",
      "SECRET_KEY_FILE=/run/secrets/SECRET_KEY",
      ...OF_IMAGE,
    ],
    User: "10001:10001",
    Labels: {
      "maestro.base": "python",
      "maestro.color": "blue",
      "maestro.content": "058f074078503c5f",
      "maestro.generation": "1",
      "maestro.replica": "0",
      "maestro.service": "quality-fabric",
      "maestro.stack": "maestro-development",
      "org.opencontainers.image.revision": "df1f5fba2255",
    },
    StopTimeout: 10,
  },
  HostConfig: {
    Memory: MEMORY,
    MemorySwap: MEMORY,
    NanoCpus: 1e9,
    PidsLimit: 256,
    ReadonlyRootfs: true,
    Privileged: false,
    CapAdd: null,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges:true"],
    Tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=64m,mode=1777" },
  },
  Mounts: [
    {
      Type: "bind",
      Source: "/dev/shm/maestro/maestro-development/blue/quality-fabric-1e0d3530cad07171",
      Destination: "/run/secrets",
      RW: false,
    },
  ],
  NetworkSettings: {
    Networks: { "maestro-development": { IPAMConfig: { IPv4Address: "10.213.16.48" } } },
  },
};

/** What it said of the container's image. */
export const SAMPLE_IMAGE: InspectedImage = {
  Config: { Cmd: COMMAND, Env: OF_IMAGE, Volumes: null },
};
