import * as z from "zod/mini";
import { pathOf } from "../../rules/host/scratchSpace";
import type { ScratchPath } from "../../release/release";
import { isPlainObject } from "../plainObject";
import { ABSOLUTE_PATH, list } from "./fields";

const SCRATCH_PATH = new RegExp(`(?!^/(?:proc|sys|dev|run/secrets)(?:/|$))${ABSOLUTE_PATH.source}`);
const PATH_ERROR =
  "must be an absolute path inside the container; not below /proc, /sys, /dev or /run/secrets";
const MAX_MEGABYTES = 1_048_576;
const MAX_PATHS = 20;

/** A service's `scratchPaths`: paths, or `{ path, megabytes }` for one of another size than usual. */
export const scratchPathsSchema = list(
  z
    .custom<ScratchPath>((value) => typeof value === "string" || isPlainObject(value), {
      error: PATH_ERROR,
    })
    .check(({ value, issues }) => {
      for (const { message, path } of findProblems(value)) {
        issues.push({ code: "custom", message, path, input: value });
      }
    }),
  "must be a list of paths",
  MAX_PATHS,
).check(({ value, issues }) => {
  const paths = value.map(pathOf);
  paths.forEach((path, index) => {
    const first = paths.indexOf(path);
    if (first < index) {
      const message = `is listed twice, first as number ${first + 1}; keep one`;
      issues.push({ code: "custom", message, path: [index], input: path });
    }
  });
});

function findProblems(value: unknown): { message: string; path: string[] }[] {
  if (!isPlainObject(value)) {
    return SCRATCH_PATH.test(String(value)) ? [] : [{ message: PATH_ERROR, path: [] }];
  }
  const { path, megabytes, ...others } = value;
  const isSize =
    Number.isInteger(megabytes) && Number(megabytes) >= 1 && Number(megabytes) <= MAX_MEGABYTES;
  return [
    ...(typeof path === "string" && SCRATCH_PATH.test(path)
      ? []
      : [{ message: PATH_ERROR, path: ["path"] }]),
    ...(isSize
      ? []
      : [
          {
            message: `must be an integer from 1 to ${MAX_MEGABYTES}; for example 256`,
            path: ["megabytes"],
          },
        ]),
    ...Object.keys(others).map((key) => ({
      message: "unknown key; the keys here are path, megabytes",
      path: [key],
    })),
  ];
}
