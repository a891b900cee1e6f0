"use strict";
// Stands in for `ssh2` in bundles: dockerode loads it at once, though only a host over SSH ever uses it, and loading it
// costs every operation more than its work does.

// Not a literal: the bundler would put it right back.
const name = "ssh2";

exports.Client = function Client(...args) {
  return new (require(name).Client)(...args);
};
Object.defineProperty(exports, "utils", { enumerable: true, get: () => require(name).utils });
