import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseSettings } from "../../../config/parseSettings";
import { desiredRelease } from "../../../release/desiredRelease";
import { findDeclaredServices } from "../../../operations/images/declaredServices";
import { rawWith } from "../../support/fixtures";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-declared-"));
  write("Pulumi.trial.yaml", `config:\n  maestro:servicesFile: ${directory}/services.yaml\n`);
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(file: string, text: string): void {
  const full = path.join(directory, file);
  mkdirSync(path.dirname(full), { recursive: true });
  writeFileSync(full, text);
}

function find(services: string, ...wanted: string[]) {
  write("services.yaml", services);
  const found = findDeclaredServices(path.join(directory, "Pulumi.trial.yaml"), "trial", wanted);
  // This repository's own services are found beside them.
  const own = found.services.filter(({ context }) => context.startsWith(directory));
  return { ...found, services: own };
}

describe("services.yaml's build", () => {
  it("says what is built: context, Dockerfile, arguments, stage, secrets and platform", () => {
    write("api/src/docker/Dockerfile", "FROM scratch\n");
    write(".npmrc", "");
    process.env["TRIAL_TOKEN"] = "x";
    const { services, notes } = find(`
services:
  api:
    build:
      context: api/src
      dockerfile: docker/Dockerfile
      args: { MODE: release }
      target: runtime
      secrets: { npmrc: { file: .npmrc }, token: { environment: TRIAL_TOKEN } }
      platform: linux/arm64
`);
    delete process.env["TRIAL_TOKEN"];
    const context = path.join(directory, "api/src");
    expect(services).toEqual([
      {
        name: "api",
        directory: context,
        context,
        dockerfile: path.join(context, "docker/Dockerfile"),
        origin: context,
        buildArguments: { MODE: "release" },
        target: "runtime",
        platform: "linux/arm64",
        secrets: { npmrc: `src=${directory}/.npmrc`, token: "env=TRIAL_TOKEN" },
      },
    ]);
    expect(notes).toEqual([]);
  });

  it("takes the directory of the service's name beside services.yaml where it names no context", () => {
    write("api/Dockerfile", "FROM scratch\n");
    const { services } = find("services: { api: { build: {} } }");
    expect(services.map(({ context }) => context)).toEqual([path.join(directory, "api")]);
  });

  it("is missing, or of no use: that is said", () => {
    write("api/Dockerfile", "FROM scratch\n");
    const { services, notes } = find(`
services:
  api: { build: {} }
  web: { repository: docker.io/library/nginx }
  job: {}
  old: { enabled: false }
`);
    expect(services.map(({ name }) => name)).toEqual(["api"]);
    expect(notes).toEqual([
      'services.web.repository: is its own, so `images` never builds it, got "docker.io/library/nginx"; write the digest ' +
        "of its image into maestro:release by hand",
      "services.job.build: is missing, so `images` does not build it; name its context, or its `repository`",
    ]);
    expect(() => find("services: { web: { repository: docker.io/a/b } }", "web")).toThrow(
      /^services\.web\.repository: is its own/,
    );
  });

  it("fails with everything that this machine lacks, all at once", () => {
    write("web/main.go", "");
    write("job/Dockerfile", "FROM scratch\n");
    expect(() =>
      find(`
services:
  api: { build: { context: /nowhere } }
  web: { build: {} }
  job: { build: { secrets: { a: { file: no }, b: { environment: TRIAL_NONE } } } }
`),
    ).toThrow(
      [
        'services.api.build.context: no such directory, got "/nowhere"',
        `services.web.build.dockerfile: no such file, got "${directory}/web/Dockerfile"; name it relative to the context`,
        `services.job.build.secrets.a: no such file, got "${directory}/no"; write it, or name another one`,
        "services.job.build.secrets.b: variable TRIAL_NONE is not set; set it where `images` runs",
      ].join("\n"),
    );
  });

  it("is not needed for a static site, whose files must be there", () => {
    write("web/dist/index.html", "");
    const { services } = find("services: { web: { kind: static } }");
    expect(services).toMatchObject([
      { name: "web", context: path.join(directory, "web"), site: { directory: "dist" } },
    ]);
    expect(() => find("services: { web: { kind: static, site: { directory: out } } }")).toThrow(
      `services.web.site.directory: has no index.html, got "${directory}/web/out"; run the site's own build first, or ` +
        "name where it writes",
    );
  });

  it("fails with a mistake in services.yaml as the preview does", () => {
    expect(() => find("services: { api: { build: { contxt: api } } }")).toThrow(
      "services.api.build.contxt: unknown key; did you mean `context`?",
    );
  });

  it("is no part of the release: its id stays", () => {
    const idWith = (build: object | undefined) => {
      const { services, release } = parseSettings(
        rawWith({ "services.services.web.build": build }),
      );
      return desiredRelease({ services, release, settingsFrom: null }, () => null).id;
    };
    expect(idWith({ context: "web", args: { MODE: "x" } })).toBe(idWith(undefined));
  });
});

describe("a release without a digest", () => {
  it("says who gives it, for a service with a repository of its own", () => {
    const changes = {
      "services.services.web.repository": "docker.io/library/nginx",
      "config.release.web": undefined,
    };
    expect(() => parseSettings(rawWith(changes))).toThrow(
      "release.web: is required; write the digest of its image in docker.io/library/nginx by hand, `npm run images` " +
        "builds none for a service with a `repository`, or leave the service out with",
    );
  });
});
