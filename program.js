"use strict";
// What Pulumi runs (`main` in Pulumi.yaml): index.ts, through the same cached bundle as the operations.
const { load } = require("./bin/load");

// Before all else: half of an update's own processor time is over before it has read its settings.
load("host/stepBack.ts").stepBackForUpdate(process.env);

// The SDK takes a stack trace with every resource and promise, and maps each through its own source maps: a third of a
// no-op update's processor time. The mapped paths also send Node 20 into minutes of printing when an error is thrown.
Error.prepareStackTrace = undefined;
// The top frames name the place of a defect; all of them, for every one of thousands of promises, cost 0.1 s.
Error.stackTraceLimit = process.env.MAESTRO_DEBUG ? 30 : 3;

/**
 * What the SDK loads with its index though no program here uses it: its Automation API and the code that packs functions
 * up. Together they are a third of what the program loads.
 */
const UNUSED = ["automation", "runtime/closure/codePaths"];
for (const name of UNUSED) {
  const id = require.resolve(`@pulumi/pulumi/${name}`);
  require.cache[id] ??= Object.assign(new module.constructor(id), {
    exports: { __esModule: true },
    loaded: true,
  });
}

module.exports = () => load("index.ts").default();
