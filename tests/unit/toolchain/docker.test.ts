import { dockerAddress } from "../../../toolchain/plugins/docker/address";
import { containerSpec, updateSpec } from "../../../toolchain/plugins/docker/containerSpec";
import { durationNanoseconds, formatDuration } from "../../../toolchain/plugins/docker/duration";
import { registryOf, splitImage } from "../../../toolchain/plugins/docker/images";
import { registryCredentials } from "../../../toolchain/plugins/docker/registryAuth";
import { splitWords } from "../../../toolchain/languageHost/options";

describe("image names", () => {
  test.each([
    ["nginx", "nginx", "latest", "registry-1.docker.io"],
    ["nginx:1.27", "nginx", "1.27", "registry-1.docker.io"],
    ["localhost:5000/a/b", "localhost:5000/a/b", "latest", "localhost:5000"],
    ["localhost:5000/a/b:v1", "localhost:5000/a/b", "v1", "localhost:5000"],
    ["localhost:5000/a:v1@sha256:ab", "localhost:5000/a", "sha256:ab", "localhost:5000"],
    ["team/app", "team/app", "latest", "registry-1.docker.io"],
    ["ghcr.io/team/app@sha256:ab", "ghcr.io/team/app", "sha256:ab", "ghcr.io"],
  ])("%s", (name, repository, reference, registry) => {
    expect(splitImage(name)).toEqual({ repository, reference });
    expect(registryOf(name)).toBe(registry);
  });
});

test("durations are read and written as Go does", () => {
  expect(durationNanoseconds("1h2m3.5s")).toBe(3_723_500_000_000);
  expect(durationNanoseconds("250ms")).toBe(250_000_000);
  expect(durationNanoseconds(undefined)).toBe(0);
  for (const text of ["0s", "1s", "1.5s", "1m0s", "1h0m5s", "250ms", "10µs"]) {
    expect(formatDuration(durationNanoseconds(text))).toBe(text);
  }
});

describe("the address of the Docker Engine", () => {
  test.each([
    [{}, {}, { kind: "unix", path: "/var/run/docker.sock" }],
    [{}, { DOCKER_HOST: "unix:///tmp/d.sock" }, { kind: "unix", path: "/tmp/d.sock" }],
    [
      { host: "tcp://h:2376" },
      { DOCKER_HOST: "unix:///x" },
      { kind: "tcp", host: "h", port: 2376 },
    ],
    [{ host: "tcp://[::1]:2376" }, {}, { kind: "tcp", host: "::1", port: 2376, tls: null }],
    [{ host: "ssh://me@h:2222" }, {}, { kind: "ssh", user: "me", host: "h", port: 2222 }],
    [
      { host: "ssh://h", sshOpts: '["-i","k"]' },
      {},
      { kind: "ssh", user: null, options: ["-i", "k"] },
    ],
  ])("%j %j", (config, env, expected) => {
    expect(dockerAddress(config, env)).toMatchObject(expected);
  });

  test("must be one of the known kinds", () => {
    expect(() => dockerAddress({ host: "fd://x" }, {})).toThrow(/host: must start with unix:\/\//);
  });
});

test("registry credentials are those of the image's own registry", () => {
  const auth = JSON.stringify([
    { address: "https://a.example/v1/", username: "u", password: "p" },
    {
      address: "b.example",
      configFileContent: JSON.stringify({
        auths: { "b.example": { auth: Buffer.from("x:y:z").toString("base64") } },
      }),
    },
  ]);
  expect(registryCredentials(auth, "a.example")).toMatchObject({ username: "u", password: "p" });
  expect(registryCredentials(auth, "b.example")).toMatchObject({ username: "x", password: "y:z" });
  expect(registryCredentials(auth, "c.example")).toEqual({});
});

test("a container is asked for with the limits given and no others", () => {
  const spec = containerSpec({
    image: "a",
    memory: 64,
    memorySwap: -1,
    cpus: "0.5",
    ports: [{ internal: 80, external: 8080, ip: "127.0.0.1", protocol: "tcp" }],
    capabilities: { drops: ["ALL"] },
    init: false,
  });
  expect(spec).toMatchObject({
    Image: "a",
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      Memory: 64 * 1024 * 1024,
      MemorySwap: -1,
      NanoCpus: 500_000_000,
      CapDrop: ["ALL"],
      Init: false,
      PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] },
    },
  });
  expect(spec).not.toHaveProperty("Healthcheck");
  expect(spec.HostConfig).not.toHaveProperty("CapAdd");
  expect(updateSpec({ restart: "always" })).toMatchObject({ RestartPolicy: { Name: "always" } });
});

test("arguments for node are split as a shell does", () => {
  expect(splitWords(`--max-old-space-size=100 --title="a b" 'c d'`)).toEqual([
    "--max-old-space-size=100",
    "--title=a b",
    "c d",
  ]);
});
