import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ServiceSource } from "../../../operations/images/services";
import { findUnpinned } from "../../../operations/images/unpinnedBases";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "maestro-bases-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const DIGEST = `sha256:${"a".repeat(64)}`;

function found(...lines: readonly string[]): string[] {
  const dockerfile = path.join(directory, "Dockerfile");
  writeFileSync(dockerfile, lines.join("\n"));
  const rest = { directory, context: directory, origin: directory };
  const service = (name: string): ServiceSource => ({
    ...{ name, dockerfile, ...rest, buildArguments: {}, secrets: {} },
  });
  // Two services that share a Dockerfile are told once.
  return findUnpinned([service("web"), service("api")]).map((line) =>
    line.replace(/^\S*Dockerfile/, "Dockerfile"),
  );
}

it("names each base image without a digest by its line", () => {
  expect(
    found(
      "# syntax=docker/dockerfile:1",
      "FROM --platform=linux/amd64 golang:1.26 AS build",
      "FROM registry.example:5000/base",
    ),
  ).toEqual([
    "Dockerfile:2: FROM golang:1.26 can be another image tomorrow; add its digest, golang:1.26@sha256:…",
    "Dockerfile:3: FROM registry.example:5000/base can be another image tomorrow; add its digest, registry.example:5000/base@sha256:…",
  ]);
});

it("says nothing of digests, earlier stages, arguments and scratch", () => {
  expect(
    found(
      "ARG PYTHON_IMAGE",
      `FROM golang:1.26@${DIGEST} AS Build`,
      "FROM ${PYTHON_IMAGE} AS packages",
      "FROM build AS test",
      "FROM scratch",
      "COPY --from=build /app /app",
    ),
  ).toEqual([]);
});
