import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ROOMS from "./rooms.json";

/** Rooms whose messages users never see. */
const SILENT = ["examples", "dev", "bench", "tests"];

/** What stands for a value that a message puts in. */
const VALUE = "\0";

/** All code whose messages users see, as one text: texts put together with `+` are whole, values are left out. */
export function readMessageSources(root: string): string {
  const rooms = Object.keys(ROOMS).filter((room) => !SILENT.includes(room));
  const files = rooms.flatMap((room) => listCode(path.join(root, room)));
  return withoutSyntax(files.map((file) => readFileSync(file, "utf8")).join("\n"));
}

/** What of a quoted message is the program's own words: `<…>` and `…` stand for what differs. */
export function fixedParts(message: string): string[] {
  return message
    .split(/<[^<>]*>|…/)
    .map((part) => part.replace(/^[\s:;,.]+|[\s:;,.]+$/g, ""))
    .filter((part) => /[a-z]{3}/i.test(part));
}

function listCode(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : listCode(file);
    return entry.name.endsWith(".ts") ? [file] : [];
  });
}

function withoutSyntax(code: string): string {
  return code
    .replace(/["'`]\s*\+\s*["'`]/g, "")
    .replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, VALUE)
    .replace(/\\(["'`])/g, "$1");
}
