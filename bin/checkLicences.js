#!/usr/bin/env node
"use strict";
// `npm run check:licences`: every package that ships with the program has a licence that may be used with it.
// Reads package-lock.json alone, so it needs no installation.
const fs = require("node:fs");
const path = require("node:path");

const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Python-2.0",
  "Unlicense",
]);

/** Packages whose package.json has no SPDX name; somebody has read the LICENSE file of exactly this version. */
const READ_BY_HAND = {
  "@logdna/tail-file@2.2.0": "MIT",
  "ssh2@1.17.0": "MIT",
  "cpu-features@0.0.10": "MIT",
  "buildcheck@0.0.7": "MIT",
};

/** `A AND B` needs both, `A OR B` one of them. */
function isAllowed(expression) {
  const plain = expression.replace(/[()]/g, "");
  return plain.split(" AND ").every((all) => all.split(" OR ").some((one) => ALLOWED.has(one)));
}

/** What is wrong with the licences in a lock file, a line each. */
exports.findLicenceProblems = function findLicenceProblems(lock) {
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    if (place === "" || entry.dev || entry.link) return [];
    const name = `${place.replace(/^.*node_modules\//, "")}@${entry.version}`;
    const licence = READ_BY_HAND[name] ?? entry.license;
    if (licence !== undefined && isAllowed(licence)) return [];
    return [
      `${name}: licence ${licence ?? "(none)"} is not allowed; replace the package, or read its LICENSE and add it to bin/checkLicences.js`,
    ];
  });
};

if (require.main === module) {
  const file = path.resolve(__dirname, "..", "package-lock.json");
  const problems = exports.findLicenceProblems(JSON.parse(fs.readFileSync(file, "utf8")));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
