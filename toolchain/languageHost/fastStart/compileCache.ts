import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import Module from "node:module";
import path from "node:path";
import v8 from "node:v8";
import vm from "node:vm";

interface Entry {
  readonly hash: string;
  readonly code: Buffer;
}

interface Compiled {
  readonly hash: string;
  readonly script: vm.Script;
  readonly code: Buffer | undefined;
}

interface CompilingModule extends NodeModule {
  _compile(content: string, filename: string): unknown;
}

const HEADER_BYTES = 4;

function readCache(file: string): Map<string, Entry> {
  try {
    const blob = readFileSync(file);
    const start = HEADER_BYTES + blob.readUInt32LE(0);
    const index = JSON.parse(blob.toString("utf8", HEADER_BYTES, start)) as Record<
      string,
      [hash: string, from: number, to: number]
    >;
    return new Map(
      Object.entries(index).map(([name, [hash, from, to]]) => [
        name,
        { hash, code: blob.subarray(start + from, start + to) },
      ]),
    );
  } catch {
    return new Map();
  }
}

function writeCache(file: string, compiled: ReadonlyMap<string, Compiled>): void {
  const index: Record<string, [string, number, number]> = {};
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, { hash, script, code }] of compiled) {
    // Taken at the end: then it holds the functions that were called, too.
    const data = code ?? script.createCachedData();
    index[name] = [hash, at, at + data.length];
    parts.push(data);
    at += data.length;
  }
  const text = Buffer.from(JSON.stringify(index));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(text.length);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.${process.pid}`, Buffer.concat([header, text, ...parts]), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

/** Code from an earlier process has lost what `import()` needs, so a module that may have one is compiled each time. */
const IMPORTS = /\bimport\s*\(/;

/**
 * Keeps V8's code for a program's modules in `file`, for Node 20, which has no compile cache of its own. An entry counts
 * only for the exact text it was made from, so a changed module is compiled anew and no stale code can ever run.
 */
export function installCompileCache(file: string): void {
  // @pulumi/pulumi sets this flag while it loads, and V8 takes no code that was made under other flags.
  v8.setFlagsFromString("--allow-natives-syntax");
  const cached = readCache(file);
  const compiled = new Map<string, Compiled>();
  const prototype = Module.prototype as unknown as CompilingModule;
  prototype._compile = function (this: NodeModule, content: string, filename: string): unknown {
    // The fast one will do: whoever can write the cache needs no second text with this hash.
    // nosemgrep: hash-that-is-broken
    const hash = createHash("sha1").update(content).digest("base64");
    const entry = cached.get(filename);
    const imports = IMPORTS.test(content);
    const cachedData = !imports && entry?.hash === hash ? entry.code : undefined;
    const wrapper = Module.wrap(content.replace(/^#!.*/, ""));
    const script = new vm.Script(wrapper, {
      filename,
      columnOffset: -wrapper.indexOf(content.slice(0, 1)),
      ...(cachedData === undefined ? {} : { cachedData }),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    const code = script.cachedDataRejected === false ? cachedData : undefined;
    if (!imports) compiled.set(filename, { hash, script, code });
    const run = script.runInThisContext() as (...values: unknown[]) => unknown;
    const values = [this.exports, requireOf(this), this, filename, path.dirname(filename)];
    return run.apply(this.exports, values);
  };
  process.on("exit", () => {
    try {
      if ([...compiled.values()].some(({ code }) => code === undefined)) {
        writeCache(file, compiled);
      }
    } catch {
      // A cache that cannot be written costs time, not correctness.
    }
  });
}

/** The `require` a module gets, as Node makes it. */
function requireOf(module: NodeModule): NodeRequire {
  const { resolve, cache, extensions } = Module.createRequire(module.filename) as NodeRequire;
  const require = (id: string): unknown => module.require(id);
  return Object.assign(require, {
    resolve,
    cache,
    extensions,
    main: process.mainModule,
  }) as NodeRequire;
}
