"use strict";
// `npm pack` runs this first: every entry of the program as a bundle in dist/, and the declarations of what the package
// exports. `npm pack` removes dist/ afterwards: in a checkout the sources are what runs.
const fs = require("node:fs");
const path = require("node:path");
const { bundleOptions, root } = require("./load");

const OUT = path.join(root, "dist");
/** Folders in which each file is a program of its own. */
const PROGRAMS = ["operations", "steps"];
/** What `maestro` itself loads when it is told no command. */
const ROOT_COMMAND = "operations/shared/rootCommand.ts";
/** What other programs import: package.json "exports". */
const EXPORTED = ["engine.ts", "outputs.ts"];
/** What program.js runs before all else. */
const FIRST = "host/stepBack.ts";
/** What Pulumi runs for programs in other languages. */
const PLUGIN = "plugin/provider.ts";
/** What Pulumi runs with `--policy-pack node_modules/maestro/policy`. */
const POLICY_PACK = "policy/pack.ts";

/** Files with a bundle, relative to the repository. */
function listEntries() {
  const programs = PROGRAMS.flatMap((folder) =>
    fs
      .readdirSync(path.join(root, folder))
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  );
  return ["index.ts", FIRST, ...EXPORTED, PLUGIN, POLICY_PACK, ROOT_COMMAND, ...programs];
}

function bundle() {
  const options = {
    ...bundleOptions,
    // Half the size; names stay, so that a stack trace can still be read.
    minifySyntax: true,
    minifyWhitespace: true,
    outbase: root,
    outdir: OUT,
  };
  const { buildSync } = require("esbuild");
  buildSync({ ...options, entryPoints: listEntries().filter((entry) => entry !== "index.ts") });
  // One call of the engine, whose bundle lies beside it.
  const external = [...options.external, "./engine"];
  buildSync({ ...options, external, entryPoints: ["index.ts"] });
}

/** Writes the declarations of the exported files and of all that they name; each comes from its file alone. */
function declare() {
  const ts = require("typescript");
  const { options } = ts.convertCompilerOptionsFromJson(
    { ...require("../tsconfig.json").compilerOptions, noEmit: false, declaration: true },
    root,
  );
  const problems = [];
  const done = new Set();
  const write = (file) => {
    if (done.has(file)) return;
    done.add(file);
    const text = fs.readFileSync(path.join(root, file), "utf8");
    const result = ts.transpileDeclaration(text, {
      fileName: file,
      compilerOptions: options,
      reportDiagnostics: true,
    });
    for (const { messageText } of result.diagnostics ?? []) {
      problems.push(`${file}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
    }
    const target = path.join(OUT, "types", file.replace(/\.ts$/, ".d.ts"));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, result.outputText);
    for (const { fileName } of ts.preProcessFile(result.outputText).importedFiles) {
      if (fileName.startsWith("."))
        write(`${path.posix.join(path.posix.dirname(file), fileName)}.ts`);
    }
  };
  EXPORTED.forEach(write);
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

fs.rmSync(OUT, { recursive: true, force: true });
if (!process.argv.includes("--remove")) {
  bundle();
  declare();
}
