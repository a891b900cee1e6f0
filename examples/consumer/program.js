"use strict";
// The same loader as maestro's own program: TypeScript without a build step. A project of its own would use its own.
module.exports = require("../../bin/load").load("examples/consumer/index.ts").default();
