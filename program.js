"use strict";
// What Pulumi runs (`main` in Pulumi.yaml): index.ts, through the same cached bundle as the operations.
module.exports = () => require("./bin/load").load("index.ts").default();
