import { describeMemory, observerMegabytes, setMegabytes } from "../../../../rules/host/memoryNeed";
import { digest, settingsWith } from "../../../support/fixtures";
import { serviceRelease } from "../../../support/releases";

const GIB = 2 ** 30;
const NEED = { sets: 1024, servers: 192, observability: 1088 };

describe("what a stack may use of its host's memory", () => {
  it("is what each replica of a set may have", () => {
    const web = serviceRelease({});
    const resources = { ...web.resources, memoryMegabytes: 256 };
    const services = { web: { ...web, resources, replicas: 3 }, api: { ...web, resources } };
    expect(setMegabytes(services)).toBe(1024);
    expect(setMegabytes({})).toBe(0);
  });

  it("is what each server may have that watches it", () => {
    const image = `prometheus@${digest("f")}`;
    const watched = (more: object) =>
      settingsWith({
        "config.edge.tracing": {},
        "config.observability": { prometheus: { image }, alertmanager: { image }, ...more },
      }).observability;
    const full = { profile: "full", victoriaLogs: { image }, jaeger: { image } };
    expect(observerMegabytes(watched({ profile: "minimal" }))).toBe(576);
    expect(observerMegabytes(watched(full))).toBe(1600);
    const loki = { image, memoryMegabytes: 1024 };
    expect(observerMegabytes(watched({ profile: "full", loki }))).toBe(1600);
    expect(observerMegabytes(null)).toBe(0);
  });

  it("is said in one line beside what the host has", () => {
    expect(describeMemory(NEED, 8 * GIB)).toBe(
      "limits of memory: both sets 1.0 GiB, edge and database 0.2 GiB, what watches it 1.1 GiB, together 2.3 GiB; the host has 8.0 GiB",
    );
  });

  it("is said to be more than the host has, also where nothing watches the stack", () => {
    expect(describeMemory({ ...NEED, observability: 0 }, GIB)).toBe(
      "limits of memory: both sets 1.0 GiB, edge and database 0.2 GiB, together 1.2 GiB; the host has 1.0 GiB; where all of it is used, the host has none left",
    );
  });

  it("is not said of a stack that nothing watches on a host with room", () => {
    expect(describeMemory({ ...NEED, observability: 0 }, 8 * GIB)).toBeNull();
  });
});
