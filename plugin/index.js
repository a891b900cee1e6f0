"use strict";
// What Pulumi runs for programs in other languages that use the package (`packages:` in their Pulumi.yaml).
module.exports = () =>
  require("../bin/load").load("plugin/provider.ts").serve(process.argv.slice(2));
