import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findBuildClient } from "../../../toolchain/setup/dockerClient";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-docker-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A docker client of some version, with or without the buildx plugin. */
function client(name: string, version: string, buildx: "with buildx" | "without buildx"): string {
  const file = path.join(directory, name);
  const script = [
    "#!/bin/sh",
    `if [ "$1" = --version ]; then echo "Docker version ${version}, build 0123456"; exit 0; fi`,
    'if [ "$1 $2" = "context show" ]; then echo desktop-linux; exit 0; fi',
    `[ "$1 $2" = "buildx version" ] && ${buildx === "with buildx"}`,
  ];
  writeFileSync(file, script.join("\n"), { mode: 0o755 });
  return file;
}

describe("findBuildClient", () => {
  it("passes over a new client without the plugin for an old one that needs none", async () => {
    const fresh = client("new", "28.2.2", "without buildx");
    const old = client("old", "20.10.24+dfsg1", "without buildx");
    expect(await findBuildClient([fresh, old])).toEqual({
      path: old,
      env: { DOCKER_BUILDKIT: "1" },
    });
  });

  it("builds in the engine itself, whatever builder the user has chosen", async () => {
    const fresh = client("new", "28.2.2", "with buildx");
    expect(await findBuildClient([fresh])).toEqual({
      path: fresh,
      env: { BUILDX_BUILDER: "desktop-linux", BUILDX_NO_DEFAULT_ATTESTATIONS: "1" },
    });
  });

  it("fails with what was found and what to install", async () => {
    const fresh = client("new", "28.2.2", "without buildx");
    await expect(findBuildClient([fresh])).rejects.toThrow(
      `docker client: none on PATH can build with BuildKit, got ${fresh} (version 28.2.2, no buildx plugin); install docker-buildx-plugin, docker-buildx or Debian's docker.io`,
    );
    await expect(findBuildClient([])).rejects.toThrow("got none; install docker-buildx-plugin");
  });
});
