import type Docker from "dockerode";
import type { Host } from "../../../host/host";
import { STEPPED_BACK_SHARES } from "../../../rules/host/cpuShares";
import { findUnfit } from "../../../targets/dockerHost/setHealth";
import {
  SAMPLE_CONTAINER,
  SAMPLE_IMAGE,
  SAMPLE_SERVICE,
  sampleRecord,
} from "../../support/inspectSamples";

const MACHINE_IS_BUSY = "no answer yet";

/** A host whose only container answers once it has all of the processor, or never. */
function busyHost({ shares }: { shares: number }) {
  const changes: object[] = [];
  const state = {
    Status: "running",
    ExitCode: 0,
    StartedAt: "",
    FinishedAt: "0001-01-01T00:00:00Z",
  };
  const container = {
    inspect: () =>
      Promise.resolve({
        ...{ ...SAMPLE_CONTAINER, Id: "1", Created: "", State: state },
        HostConfig: { ...SAMPLE_CONTAINER.HostConfig, CpuShares: shares },
      }),
    update: (to: { CpuShares?: number }) => {
      changes.push(to);
      shares = to.CpuShares ?? shares;
      return Promise.resolve();
    },
    logs: () => Promise.resolve(Buffer.alloc(0)),
  };
  const engine = {
    getContainer: () => container,
    getImage: () => ({ inspect: () => Promise.resolve(SAMPLE_IMAGE) }),
  } as unknown as Docker;
  const host = {
    name: "this machine",
    engine: () => Promise.resolve(engine),
    ask: () => {
      if (shares === STEPPED_BACK_SHARES) return Promise.reject(new Error(MACHINE_IS_BUSY));
      return Promise.resolve({ status: 200, headers: {}, body: "" });
    },
  } as unknown as Host;
  return { host, changes };
}

const set = {
  prefix: "maestro-development",
  color: "blue" as const,
  record: sampleRecord({ health: { ...SAMPLE_SERVICE.health, deadlineSeconds: 1 } }),
  subnet: "10.213.0.0/16",
  previewUrl: "http://127.0.0.1:18081",
};

beforeEach(() => jest.spyOn(console, "log").mockImplementation());

describe("a container that steps back from the processor", () => {
  it("gets all of it in time to be ready before its deadline, when others leave it too little", async () => {
    const { host, changes } = busyHost({ shares: STEPPED_BACK_SHARES });
    expect(await findUnfit(host, set)).toBeNull();
    expect(changes[0]).toEqual({ CpuShares: 1024 });
  });

  it("is left as it is where it does not step back", async () => {
    const { host, changes } = busyHost({ shares: 0 });
    expect(await findUnfit(host, set)).toBeNull();
    expect(changes).toEqual([]);
  });
});
