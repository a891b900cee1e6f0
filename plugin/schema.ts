import { version } from "../package.json";

/** Namespace of the resources' types: `maestro:index:Release`. */
const MODULE = "maestro:index";

export const RELEASE_TYPE = `${MODULE}:Release`;
export const REGISTRY_TYPE = `${MODULE}:ImageRegistry`;

const TEXT = { type: "string" };
/** Objects are checked by the same schemas as the stacks' own keys, so their mistakes are named by path. */
const OBJECT = { $ref: "pulumi.json#/Any" };

/** A key of the configuration, by the same name. */
function key(name: string, type: object = OBJECT): object {
  return { ...type, description: `As the key maestro:${name}, see docs/configuration.md.` };
}

const RELEASE_INPUTS = {
  services: {
    type: "object",
    additionalProperties: OBJECT,
    description: "The services by name, as in services.yaml.",
  },
  release: {
    type: "object",
    additionalProperties: TEXT,
    description:
      "Service name -> digest of its image: another one is a deploy, the one before a rollback.",
  },
  edge: key("edge"),
  network: key("network"),
  registry: key("registry"),
  rollout: key("rollout"),
  kind: key("kind", TEXT),
  directory: key("directory", TEXT),
  host: key("host", TEXT),
  hostKey: key("hostKey"),
  identityFile: key("identityFile", TEXT),
  postgres: key("postgres"),
  migrations: key("migrations"),
  secrets: key("secrets"),
  gates: key("gates"),
  override: key("override"),
  settingsFrom: key("settingsFrom", TEXT),
  allowRejected: key("allowRejected", TEXT),
};

const RELEASE_OUTPUTS = {
  url: { ...TEXT, description: "Where users' requests arrive." },
  previewUrl: { ...TEXT, description: "Where the idle set can be tried." },
  activeColor: {
    ...TEXT,
    description: "The set that serves, `blue` or `green`; asked, not planned.",
  },
  releaseId: { ...TEXT, description: "The release that serves; asked, not planned." },
};

const REGISTRY_INPUTS = {
  registry: key("registry"),
  repositories: {
    type: "array",
    items: TEXT,
    description: "Names of the repositories under the namespace.",
  },
};

const REGISTRY_OUTPUTS = {
  address: { ...TEXT, description: "`host[:port]` that image references start with." },
  repositories: {
    type: "object",
    additionalProperties: TEXT,
    description: "Name -> repository without tag or digest.",
  },
};

/** The package's schema, as `pulumi package get-schema` prints it. */
export const SCHEMA = {
  name: "maestro",
  version,
  description:
    "Blue/green releases of container services: a deploy is an update, a rollback is an update to the digests before",
  license: "Apache-2.0",
  resources: {
    [RELEASE_TYPE]: {
      isComponent: true,
      description:
        "Services behind one nginx edge, in two sets of containers: what is released goes to the idle one and takes the traffic once it is proven. One in a stack.",
      inputProperties: RELEASE_INPUTS,
      requiredInputs: ["services", "release", "edge"],
      properties: RELEASE_OUTPUTS,
      required: ["url", "previewUrl"],
    },
    [REGISTRY_TYPE]: {
      isComponent: true,
      description:
        "Where images are: the names of a plain registry's repositories, or Amazon ECR's, made and protected.",
      inputProperties: REGISTRY_INPUTS,
      requiredInputs: ["repositories"],
      properties: REGISTRY_OUTPUTS,
      required: ["address", "repositories"],
    },
  },
};
