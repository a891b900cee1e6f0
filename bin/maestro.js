#!/usr/bin/env node
"use strict";
// `maestro <operation> [options]`: runs operations/<operation>.ts. `npm run <operation> -- [options]` does the same.
const fs = require("node:fs");
const path = require("node:path");
const { load, root } = require("./load");

const [operation, ...argv] = process.argv.slice(2);
const known = () =>
  fs
    .readdirSync(path.join(root, "operations"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));

if (operation === undefined || !known().includes(operation)) {
  console.error(`usage: maestro <operation> [options]; operations: ${known().join(", ")}`);
  process.exit(operation === undefined || operation === "--help" ? 0 : 2);
}

load(`operations/${operation}.ts`)
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
