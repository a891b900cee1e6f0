#!/usr/bin/env node
"use strict";
// `maestro <command> [options]`: runs operations/<command>.ts; `npm run <command> -- [options]` does the same. An update
// runs its steps in the same way: states hold `node bin/maestro.js <step>`, so that text stays whatever moves.
const fs = require("node:fs");
const path = require("node:path");
const { load, root } = require("./load");

/** Where a command's file may be: for people, for an update, for this repository alone. */
const FOLDERS = ["operations", "steps", "dev"];

const [command, ...argv] = process.argv.slice(2);
const fileOf = (folder) => path.join(folder, `${command}.ts`);
const folder = FOLDERS.find((name) => fs.existsSync(path.join(root, fileOf(name))));

if (command === undefined || !/^[a-zA-Z]+$/.test(command) || folder === undefined) {
  const known = fs
    .readdirSync(path.join(root, "operations"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
  console.error(`usage: maestro <command> [options]; commands: ${known.join(", ")}`);
  process.exit(command === undefined || command === "--help" ? 0 : 2);
}

load(fileOf(folder))
  .main(argv)
  .then(
    (code) => {
      process.exitCode = code ?? 0;
    },
    (error) => {
      console.error(error instanceof Error ? error.message : String(error));
      if (process.env.MAESTRO_DEBUG) console.error(error);
      process.exitCode = 1;
    },
  );
