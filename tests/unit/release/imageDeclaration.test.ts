import {
  declarationOf,
  findVolumeProblem,
  type ImageConfig,
} from "../../../release/imageDeclaration";
import { scratchSpace } from "../../../rules/host/scratchSpace";
import { withDeclarations } from "../../../release/recordFacts";
import { stackLabels } from "../../../rules/host/containerLabels";
import { createRelease } from "../../../release/release";
import { serviceRelease } from "../../support/releases";

const OPTIONS = "rw,noexec,nosuid,nodev,size=64m,mode=1777";

describe("what an image declares", () => {
  // prettier-ignore
  it.each<[string, ImageConfig, unknown]>([
    ["nothing", {}, null],
    ["empty fields, as engines write them", { Volumes: null, Healthcheck: null, Entrypoint: null }, null],
    ["volumes, once each and as Docker takes them", { Volumes: { "/b/": {}, "/a//x": {}, "/b": {} } }, { volumes: ["/a/x", "/b"] }],
    ["a health check", { Healthcheck: { Test: ["CMD-SHELL", "true"] } }, { healthcheck: true }],
    ["that a health check of its base is off", { Healthcheck: { Test: ["NONE"] } }, null],
  ])("is %s", (_, config, declared) => {
    expect(declarationOf(config)).toEqual(declared);
  });

  // prettier-ignore
  it.each<[string, ImageConfig, object, string | null]>([
    ["a volume where files are", { Volumes: { "/data": {} }, Cmd: ["/bin/server"] }, {}, null],
    ["one at the root", { Volumes: { "/": {} } }, {}, "its image declares a volume at /, where none can be; build it without"],
    ["one in /run/secrets, on disk too", { Volumes: { "/run/secrets/x": {} } }, { imageVolumes: "disk" }, "its image declares a volume at /run/secrets/x, where none can be; build it without"],
    ["one over the program", { Volumes: { "/app": {} }, Entrypoint: ["/app/run"] }, {}, "its image declares a volume at /app, where its command /app/run is: scratch space in memory would hide it; build it without VOLUME, or set services.<name>.imageVolumes to disk"],
    ["one over the service's own command", { Volumes: { "/app": {} }, Cmd: ["/bin/sh"] }, { command: ["/app/run"] }, "its image declares a volume at /app, where its command /app/run is: scratch space in memory would hide it; build it without VOLUME, or set services.<name>.imageVolumes to disk"],
    ["one over the program, on disk", { Volumes: { "/app": {} }, Entrypoint: ["/app/run"] }, { imageVolumes: "disk" }, null],
  ])("is judged: %s", (_, config, settings, problem) => {
    expect(findVolumeProblem({ command: null, scratchPaths: ["/tmp"], ...settings }, config)).toBe(problem);
  });

  it("becomes scratch space beside the service's own, which says the size where both name a path", () => {
    const scratchPaths = ["/tmp", { path: "/data", megabytes: 512 }];
    const declared = { volumes: ["/data", "/var/cache"] };
    const sized = `${OPTIONS.replace("64m", "512m")},uid=7,gid=8`;
    expect(scratchSpace({ scratchPaths, user: "7:8" }, declared)).toEqual({
      "/tmp": OPTIONS,
      "/data": sized,
      "/var/cache": `${OPTIONS},uid=7,gid=8`,
    });
    const onDisk = { scratchPaths, user: "7", imageVolumes: "disk" } as const;
    expect(scratchSpace(onDisk, declared)).toEqual({
      "/tmp": OPTIONS,
      "/data": sized.replace(",gid=8", ""),
    });
  });

  it("is noted for a set that is placed anew, and for no other", () => {
    const record = {
      ...createRelease({ web: serviceRelease() }),
      slots: { web: 0 },
      generation: 1,
    };
    const set = { record, protect: false, placement: 1 };
    const plan = {
      action: "deploy" as const,
      activeColor: "green" as const,
      outgoingColor: "blue" as const,
      sets: { blue: { ...set, touch: false }, green: { ...set, touch: true } },
      switchNumber: 2,
    };
    const declared = { web: { volumes: ["/data"] } };
    const { blue, green } = withDeclarations(plan, declared).sets;
    expect(blue?.record).toBe(record);
    expect(green?.record).toEqual({ ...record, declared });
    expect(withDeclarations(plan, {})).toBe(plan);
  });

  it("does not make a helper's container one of a set", () => {
    expect(stackLabels("maestro-x")).toEqual({
      "maestro.stack": "maestro-x",
      "maestro.color": "",
      "maestro.service": "",
      "maestro.replica": "",
      "maestro.generation": "",
    });
  });
});
