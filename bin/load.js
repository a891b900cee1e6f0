"use strict";
// Loads a TypeScript entry file through a cached bundle: types are checked by `npm run check`, not at each start.
// One bundled file starts several times faster than the same code as modules of its own.
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
const cache = path.join(root, ".maestro", "dist");
/** Bundles of a packed program, which has no sources. */
const packed = path.join(root, "dist");

/** What must not be bundled: the Pulumi SDK is a singleton of the language host's process, the AWS SDKs are large and mostly not needed, the rest is native or a build tool. */
const EXTERNAL = [
  "ssh2/lib/client",
  "@pulumi/pulumi",
  "@pulumi/pulumi/*",
  "@pulumi/aws",
  "@pulumi/aws/*",
  "@pulumi/awsx/*",
  "@pulumi/policy",
  "@aws-sdk/*",
  "esbuild",
  "nodemailer",
  "playwright-core",
  "cpu-features",
  "*.node",
];

/** What a library loads at once and never needs here. */
const ALIASES = {
  ssh2: "./bin/lazySsh2.js",
  "@grpc/grpc-js": "./bin/noBuildSession.js",
  "@grpc/proto-loader": "./bin/noBuildSession.js",
};

/** How entries are bundled, at their first use here and when the program is packed. */
const bundleOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  external: EXTERNAL,
  alias: ALIASES,
  logLevel: "error",
};

function stamp(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs}:${stat.size}` : "missing";
}

function isFresh(bundle, manifest) {
  try {
    const inputs = Object.entries(JSON.parse(fs.readFileSync(manifest, "utf8")));
    return (
      fs.existsSync(bundle) && inputs.every(([file, was]) => stamp(path.join(root, file)) === was)
    );
  } catch {
    return false;
  }
}

function build(entry, bundle, manifest) {
  const result = require("esbuild").buildSync({
    ...bundleOptions,
    entryPoints: [path.join(root, entry)],
    metafile: true,
    write: false,
  });
  // The lock file stands for all packages: hundreds of files to look at would cost every start.
  const own = Object.keys(result.metafile.inputs).filter(
    (file) => !file.startsWith("node_modules/"),
  );
  const inputs = [...own, "bin/load.js", "package-lock.json"];
  fs.mkdirSync(path.dirname(bundle), { recursive: true });
  // Two processes may build at once: each writes a file of its own and renames it into place.
  const write = (file, content) => {
    fs.writeFileSync(`${file}.${process.pid}`, content);
    fs.renameSync(`${file}.${process.pid}`, file);
  };
  write(bundle, result.outputFiles[0].contents);
  write(
    manifest,
    JSON.stringify(Object.fromEntries(inputs.map((file) => [file, stamp(path.join(root, file))]))),
  );
}

function hasSource(entry) {
  return fs.existsSync(path.join(root, entry));
}

function bundleIn(directory, entry) {
  return path.join(directory, entry.replace(/\.ts$/, ".js"));
}

/** Whether there is such an entry file, as source or packed. */
exports.exists = function exists(entry) {
  return hasSource(entry) || fs.existsSync(bundleIn(packed, entry));
};

/**
 * The exports of `entry`, a TypeScript file named relative to the repository; built first where its sources changed. The
 * packed program has a bundle of each entry, and nothing is written.
 */
exports.load = function load(entry) {
  if (!hasSource(entry)) return require(bundleIn(packed, entry));
  const bundle = bundleIn(cache, entry);
  const manifest = `${bundle}.inputs.json`;
  if (!isFresh(bundle, manifest)) {
    build(entry, bundle, manifest);
  }
  return require(bundle);
};

exports.bundleOptions = bundleOptions;
exports.root = root;
