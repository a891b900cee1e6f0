import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  containerPort,
  expand,
  megabytesOf,
  repositoryOf,
  secondsOf,
  splitCommand,
} from "../../../operations/init/composeValues";
import { findByCompose } from "../../../operations/init/findByCompose";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-compose-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function put(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
  writeFileSync(path.join(directory, file), text);
}

/** The services of a Compose file, with services.yaml in a directory beside it. */
function read(text: string) {
  put("compose.yaml", text);
  return findByCompose(directory, path.join(directory, "infra"))!;
}

/** One service of a Compose file: its settings, and its notes without its name. */
function readOne(text: string) {
  const [service] = read(`services:\n  api:\n${text.replace(/^/gm, "    ")}`).services;
  const notes = service!.notes.map((note) => note.replace(/^api: /, ""));
  return { settings: service!.settings, notes: notes.filter((note) => !/health check/.test(note)) };
}

describe("a Compose file", () => {
  it("gives services their build, port, variables, health check, order and limits", () => {
    const { services, notes } = read(`
x-defaults: &defaults
  restart: always
services:
  web:
    <<: *defaults
    build: .
    ports: ["8080:80"]
    depends_on: { api: { condition: service_healthy }, db: {} }
  api:
    build: { context: ./api, dockerfile: docker/Dockerfile, target: run, args: [MODE=x] }
    ports: [{ target: 9000, published: "90" }]
    environment: { LOG_LEVEL: debug, WORKERS: 4, DB_PASSWORD: hunter2 }
    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:9000/ok"] }
    user: "1000:1000"
    command: serve --port 9000
    deploy: { replicas: 2, resources: { limits: { cpus: "0.5", memory: 512M } } }
  db:
    image: postgres:16
    volumes: [data:/var/lib/postgresql/data]
`);
    expect(Object.fromEntries(services.map(({ name, settings }) => [name, settings]))).toEqual({
      web: { build: { context: ".." }, port: 80, dependsOn: ["api"] },
      api: {
        build: {
          context: "../api",
          dockerfile: "docker/Dockerfile",
          target: "run",
          args: { MODE: "x" },
        },
        port: 9000,
        env: { LOG_LEVEL: "debug", WORKERS: "4" },
        secrets: [{ name: "DB_PASSWORD", environment: true }],
        health: { livePath: "/ok", readyPath: "/ok" },
        user: "1000:1000",
        command: ["serve", "--port", "9000"],
        replicas: 2,
        resources: { cpus: "0.5", memoryMegabytes: 512 },
      },
    });
    expect(notes).toEqual([expect.stringMatching(/^db: is left out/)]);
    expect(services.flatMap((service) => service.notes).join("\n")).not.toContain("hunter2");
  });

  it("names everything that it does not carry over", () => {
    const { settings, notes } = readOne(
      [
        "build: { context: api, cache_from: [x] }",
        "volumes: [./src:/src]",
        "privileged: true",
        "environment: { FROM_SHELL: , URL: '${URL}', A: '${A:-b}', PRICE: $$5 }",
        "ports: ['80', '81']",
        "healthcheck: { test: [CMD, pg_isready], interval: 5s }",
        "stop_grace_period: 1s",
      ].join("\n"),
    );
    expect(settings).toEqual({
      build: { context: "../api" },
      env: { A: "b", PRICE: "$5" },
      port: 80,
    });
    expect(notes).toEqual([
      "not carried over: build.cache_from, volumes, privileged, environment.FROM_SHELL, environment.URL, " +
        "more than one of ports, healthcheck, stop_grace_period",
    ]);
  });

  it("leaves out what services.yaml would refuse, and says why", () => {
    const { settings, notes } = readOne('build: .\nuser: root\nscale: 99\ncommand: "sh -c \'a"');
    expect(settings).toEqual({ build: { context: ".." } });
    expect(notes).toEqual([
      expect.stringMatching(/^left out, user: must be a non-zero uid/),
      expect.stringMatching(/^left out, replicas: .*got 99/),
      "not carried over: command",
    ]);
  });

  it("says which image is built elsewhere, and which variable names another container", () => {
    const { services } = read(`services:
  My_Web: { image: "nginx:1.27", environment: { API: "http://api:80/x", NAME: api2 } }
  api: { build: api }`);
    expect(services[0]).toMatchObject({
      name: "my-web",
      settings: { repository: "docker.io/library/nginx" },
    });
    expect(services[0]?.notes).toEqual([
      "my-web: is called my-web here",
      "my-web: is built elsewhere; write the digest of nginx:1.27 into maestro:release by hand",
      expect.stringContaining('my-web: env.API: names the host "api"'),
      expect.stringContaining("has no health check"),
    ]);
  });

  it.each([
    ["{ image: a, volumes: ['data:/data'] }", 0],
    ["{ image: a, volumes: [{ type: volume, source: data, target: /data }] }", 0],
    ["{ image: a, volumes: ['./conf:/etc/a:ro'] }", 1],
    ["{ build: a, volumes: ['data:/data'] }", 1],
    ["{ image: 'docker.io/library/redis:7' }", 0],
  ])("of which one service is %s gives %i services", (service, count) => {
    expect(read(`services: { one: ${service} }`).services).toHaveLength(count);
  });

  it("takes from the Dockerfile what it does not say itself", () => {
    put("api/Dockerfile", "FROM scratch\nEXPOSE 7000\nUSER 5:5");
    expect(readOne("build: api").settings).toEqual({
      build: { context: "../api" },
      port: 7000,
      user: "5:5",
    });
  });

  it("is refused where it is none, and may be missing", () => {
    expect(findByCompose(directory, directory)).toBeUndefined();
    expect(() => read("services: [a]")).toThrow(/compose\.yaml: services: must map names/);
    expect(() => read("a: {")).toThrow(/compose\.yaml: is no YAML/);
    expect(() => read("services: { a_b: {}, a-b: {} }")).toThrow("a_b and a-b are both a-b");
    expect(readOne("build: .\nconstructor: x").notes).toEqual(["not carried over: constructor"]);
  });
});

test.each([
  ["nginx", "docker.io/library/nginx"],
  ["team/web:1@sha256:aa", "docker.io/team/web"],
  ["localhost:5000/web:2", "localhost:5000/web"],
  ["ghcr.io/a/b", "ghcr.io/a/b"],
])("repositoryOf(%s) is %s", (image, wanted) => expect(repositoryOf(image)).toBe(wanted));

test.each<[unknown, number | undefined]>([
  ["127.0.0.1:8080:80/tcp", 80],
  [3000, 3000],
  ["53:53/udp", undefined],
  ["3000-3005", undefined],
  ["${PORT:-80}", 80],
  ["${PORT}:80", 80],
  ["${PORT}", undefined],
  [{ target: 80, protocol: "udp" }, undefined],
])("containerPort(%j) is %s", (entry, wanted) => expect(containerPort(entry)).toBe(wanted));

test("sizes, durations, words and variables are read as Compose reads them", () => {
  expect(["1g", "512m", "256MB", 1048576, "lots"].map(megabytesOf)).toEqual([
    ...[1024, 512, 256, 1],
    undefined,
  ]);
  expect(["1m30s", "500ms", "10"].map(secondsOf)).toEqual([90, 1, undefined]);
  expect(splitCommand(`a "b c" 'd' --e=f`)).toEqual(["a", "b c", "d", "--e=f"]);
  expect(["a 'b", 'a"b"', "a\\ b"].map(splitCommand)).toEqual([undefined, undefined, undefined]);
  expect(["$$x", "${A:-b}c", "$A", "${A?no}"].map(expand)).toEqual([
    ...["$x", "bc"],
    ...[undefined, undefined],
  ]);
});
