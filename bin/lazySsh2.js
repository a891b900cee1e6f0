"use strict";
// Stands in for `ssh2` in bundles: dockerode loads it at once, though only DOCKER_HOST=ssh://… ever uses it, and
// loading it costs every operation more than its work does.
exports.Client = function Client(...args) {
  // Not a literal: the bundler would put it right back.
  const library = "ssh2";
  return new (require(library).Client)(...args);
};
