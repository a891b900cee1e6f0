"use strict";
// Stands in for gRPC in bundles: dockerode loads it at once for BuildKit sessions, which nothing here opens.
module.exports = {};
