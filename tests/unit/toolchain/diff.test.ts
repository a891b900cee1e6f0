import { diffBySchema } from "../../../toolchain/plugins/diff";
import { CONTAINER_SCHEMA } from "../../../toolchain/plugins/docker/containerSchema";
import { UNKNOWN, type Properties } from "../../../toolchain/rpc/values";

/** What a refresh records about a running container. */
const STATE: Properties = {
  command: ["sleep", "600"],
  containerReadRefreshTimeoutMilliseconds: 15000,
  entrypoints: [],
  envs: ["A=1", "B=2"],
  healthcheck: {
    interval: "1s",
    retries: 3,
    startInterval: "0s",
    startPeriod: "0s",
    tests: ["CMD", "true"],
    timeout: "0s",
  },
  image: "app:1",
  labels: [
    { label: "a", value: "1" },
    { label: "b", value: "2" },
  ],
  logOpts: { "max-size": "1m" },
  memory: 64,
  memorySwap: 128,
  mustRun: true,
  name: "app",
  networkDatas: [{ networkName: "bridge" }],
  networkMode: "bridge",
  ports: [{ external: 8080, internal: 80, ip: "0.0.0.0", protocol: "tcp" }],
  removeVolumes: true,
  restart: "no",
  start: true,
  user: "1000",
  waitTimeout: 60,
};

const INPUTS: Properties = {
  command: ["sleep", "600"],
  image: "app:1",
  memory: 64,
  memorySwap: 128,
  name: "app",
  logOpts: { "max-size": "1m" },
  ports: [{ internal: 80 }],
};

const details = (inputs: Properties, state: Properties = {}) =>
  diffBySchema(CONTAINER_SCHEMA, { ...STATE, ...state }, { ...INPUTS, ...inputs }).details;

describe("the difference between a container's state and its inputs", () => {
  test("is none when only what the provider fills in is there more", () => {
    expect(details({})).toEqual({});
  });

  test.each<[string, Properties, Record<string, string>]>([
    ["an order of envs", { envs: ["B=2", "A=1"] }, {}],
    ["an order of labels", { labels: [...(STATE.labels as never[])].reverse() }, {}],
    ["a default that is spelled out", { networkMode: "bridge", restart: "no", rm: false }, {}],
    ["an empty list where there was none", { dns: [], tmpfs: {}, hosts: [] }, {}],
    ["a changed env", { envs: ["A=1", "B=3"] }, { "envs[1]": "UPDATE_REPLACE" }],
    ["a further env", { envs: ["A=1", "B=2", "C=3"] }, { "envs[2]": "ADD_REPLACE" }],
    ["an env less", { envs: ["A=1"] }, { "envs[1]": "DELETE_REPLACE" }],
    ["no envs, on purpose", { envs: [] }, { envs: "DELETE_REPLACE" }],
    [
      "a label's value",
      {
        labels: [STATE.labels, { label: "b", value: "3" }]
          .flat()
          .slice(0, 1)
          .concat({ label: "b", value: "3" }) as never,
      },
      { "labels[1].value": "UPDATE_REPLACE" },
    ],
    [
      "another port",
      { ports: [{ internal: 80, external: 81 }] },
      { "ports[0].external": "UPDATE_REPLACE" },
    ],
    ["memory", { memory: 32 }, { memory: "UPDATE" }],
    [
      "a log option",
      { logOpts: { "max-size": "2m" } },
      { 'logOpts["max-size"]': "UPDATE_REPLACE" },
    ],
    [
      "a health check's test",
      { healthcheck: { interval: "1s", retries: 3, tests: ["CMD", "false"] } },
      { "healthcheck.tests[1]": "UPDATE" },
    ],
    ["an image that is not known yet", { image: UNKNOWN }, { image: "UPDATE_REPLACE" }],
    [
      "mounts, as a whole",
      { mounts: [{ type: "tmpfs", target: "/x" }] },
      { mounts: "ADD_REPLACE" },
    ],
    ["an empty user, which means the image's", { user: "" }, {}],
  ])("is, for %s", (_, inputs, expected) => {
    expect(details(inputs)).toEqual(expected);
  });

  test("is a removal for memory that is left out", () => {
    const inputs = { ...INPUTS, memory: null };
    expect(diffBySchema(CONTAINER_SCHEMA, STATE, inputs).details).toEqual({ memory: "DELETE" });
  });

  test("replaces a container whose creation failed before its command was read back", () => {
    const failed = { command: null, entrypoints: null, networkDatas: null };
    const inputs = { ...INPUTS, command: null };
    expect(diffBySchema(CONTAINER_SCHEMA, { ...STATE, ...failed }, inputs).details).toEqual({
      command: "ADD_REPLACE",
      entrypoints: "ADD_REPLACE",
      networkDatas: "ADD",
    });
  });

  test("only updates such a container when command and entry point are given", () => {
    const failed = { command: ["a"], entrypoints: ["b"], networkDatas: null };
    expect(details({ command: ["a"], entrypoints: ["b"] }, failed)).toEqual({
      networkDatas: "ADD",
    });
  });

  test("starts a stopped container, and replaces one that had ports", () => {
    expect(details({ ports: [] }, { mustRun: false, ports: [] })).toEqual({ mustRun: "UPDATE" });
    expect(details({}, { mustRun: false, ports: null })).toEqual({
      mustRun: "UPDATE",
      ports: "ADD_REPLACE",
    });
  });

  test("names what stays as it is for the engine's previews", () => {
    const { stables } = diffBySchema(CONTAINER_SCHEMA, STATE, { ...INPUTS, image: "app:2" });
    expect(stables).toContain("name");
    expect(stables).not.toContain("image");
    expect(stables).not.toContain("memory");
  });
});
