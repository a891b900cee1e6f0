import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { preProcessFile } from "typescript";
import rooms from "../../../dev/rooms.json";

const ROOT = path.join(__dirname, "../../..");
const DOCUMENT = path.join(ROOT, "docs/architecture.md");
const START =
  "<!-- rooms: written by `UPDATE_DOCS=1 npx jest tests/unit/dev/rooms` from dev/rooms.json -->\n";
const END = "<!-- end of rooms -->\n";

type Room = keyof typeof rooms;
const NAMES = Object.keys(rooms) as Room[];

/** File -> files of the repository that it imports, in any form: statically, at run time, or for a type. */
const graph = readGraph();

describe("the rooms", () => {
  it("are all folders with code, and no others", () => {
    const folders = new Set([...graph.keys()].map(roomOf).filter((room) => room !== ""));
    expect([...folders].sort()).toEqual([...NAMES].sort());
  });

  it.each(NAMES)("%s imports the rooms it may, and no others", (room) => {
    const { imports } = rooms[room];
    if (typeof imports === "string") return expect(imports).toBe("everything");
    const wrong = importsOf(room).filter(
      ([, to]) => to !== "outputs.ts" && !(imports as string[]).includes(roomOf(to)),
    );
    expect(wrong).toEqual([]);
  });

  it.each(NAMES)("%s names no room that it does not import", (room) => {
    const { imports } = rooms[room];
    if (typeof imports === "string") return;
    const used = new Set(importsOf(room).map(([, to]) => roomOf(to)));
    expect(imports.filter((name) => !used.has(name))).toEqual([]);
  });

  it("have no circles between files", () => {
    expect(findCircles()).toEqual([]);
  });

  it("are told in docs/architecture.md", () => {
    const written = readFileSync(DOCUMENT, "utf8");
    const head = written.slice(0, written.indexOf(START) + START.length);
    const wanted = `${head}\n${renderRooms()}\n${written.slice(written.indexOf(END))}`;
    if (process.env["UPDATE_DOCS"]) writeFileSync(DOCUMENT, wanted);
    expect(readFileSync(DOCUMENT, "utf8")).toBe(wanted);
  });
});

function roomOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

/** Imports that lead out of a room. */
function importsOf(room: Room): [string, string][] {
  return [...graph]
    .filter(([file]) => roomOf(file) === room)
    .flatMap(([file, imported]) => imported.map((to): [string, string] => [file, to]))
    .filter(([, to]) => roomOf(to) !== room);
}

function readGraph(): Map<string, string[]> {
  const found = listFiles("");
  const known = new Set(found);
  return new Map(
    found.map((file) => {
      const { importedFiles } = preProcessFile(readFileSync(path.join(ROOT, file), "utf8"));
      const near = importedFiles.filter(({ fileName }) => fileName.startsWith("."));
      const imported = near.flatMap(({ fileName }) => {
        const target = path.join(path.dirname(file), fileName);
        return [`${target}.ts`, `${target}/index.ts`].filter((it) => known.has(it));
      });
      return [file, imported];
    }),
  );
}

function listFiles(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (/^\.|^(?:node_modules|dist)$/.test(entry.name)) return [];
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(name);
    return name.endsWith(".ts") ? [name] : [];
  });
}

/** Chains of imports that come back to their first file; each file is gone through once. */
function findCircles(): string[] {
  const done = new Set<string>();
  const circles: string[] = [];
  const follow = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file].join(" -> "));
    if (at >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) follow(next, [...way, file]);
    done.add(file);
  };
  for (const file of graph.keys()) follow(file, []);
  return circles;
}

function renderRooms(): string {
  const rows = NAMES.map((name) => [`\`${name}/\``, rooms[name].holds] as const);
  const arrows = NAMES.flatMap((name) => {
    const { imports } = rooms[name];
    return typeof imports === "string"
      ? []
      : directly(imports as Room[]).map((to) => `  ${name} --> ${to}`);
  });
  const everything = NAMES.filter((name) => rooms[name].imports === "everything");
  return [
    ...renderTable([
      ["Path", "Holds"],
      ["`index.ts`", "this repository's own stacks: one call of the engine"],
      ["`engine.ts`", "what the package exports: one update, a stack's outputs"],
      ...rows,
    ]),
    "",
    "```mermaid",
    "flowchart LR",
    ...arrows,
    "```",
    "",
    "An arrow leads to a room that is imported; what follows from two arrows is left out.",
    `${everything.map((name) => `\`${name}/\``).join(", ")} may import every room, and no other room imports them.`,
    "",
  ].join("\n");
}

/** As the formatter aligns it. */
function renderTable(rows: readonly (readonly [string, string])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}

/** The imports that no other import of the same room leads to as well. */
function directly(imports: readonly Room[]): Room[] {
  const reach = (room: Room): Room[] => {
    const next = rooms[room].imports;
    return typeof next === "string" ? [] : (next as Room[]).flatMap((it) => [it, ...reach(it)]);
  };
  return imports.filter(
    (room) => !imports.some((other) => other !== room && reach(other).includes(room)),
  );
}
