#!/usr/bin/env node
"use strict";
// `maestro <command> [options]`: runs operations/<command>.ts; `npm run <command> -- [options]` does the same. An update
// runs its steps in the same way: states hold `node bin/maestro.js <step>`, so that text stays whatever moves. Help and
// suggestions are the root command's, which no step and no operation loads.
const path = require("node:path");
const { exists, load } = require("./load");

/** Where a command's file may be: for people, for an update, for this repository alone. */
const FOLDERS = ["operations", "steps", "dev"];
const ROOT_COMMAND = "operations/shared/rootCommand.ts";

/** The file of a command; undefined: there is no such command. */
function fileOf(name) {
  if (!/^[a-zA-Z]+(?:-[a-z]+)*$/.test(name)) return undefined;
  // `plan-comment` is operations/planComment.ts.
  const command = name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
  return FOLDERS.map((folder) => path.posix.join(folder, `${command}.ts`)).find(exists);
}

const given = process.argv.slice(2);
const [command = "", ...argv] =
  given[0] === "help" && given.length > 1 ? [given[1], "--help"] : given;
const file = fileOf(command);

(file === undefined ? load(ROOT_COMMAND).main(given) : load(file).main(argv)).then(
  (code) => {
    process.exitCode = code ?? 0;
  },
  (error) => {
    console.error(error instanceof Error ? error.message : String(error));
    if (process.env.MAESTRO_DEBUG) console.error(error);
    process.exitCode = 1;
  },
);
