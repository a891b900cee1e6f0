import { randomBytes } from "node:crypto";
import type { Properties, Value } from "../../rpc/values";
import { isEqual, UNKNOWN } from "../../rpc/values";
import { checkInputs } from "../check";
import type { Diff, DiffKind, Operation, ResourceType } from "../resourceType";
import { boolean, DEFAULTS, list, map, text, type Schema } from "../schema";
import { run } from "./run";

/**
 * `command:local:Command`, with the property names of the official plugin. Left out, and refused: `assetPaths` and
 * `archivePaths`.
 */
export const COMMAND_SCHEMA: Schema = {
  addPreviousOutputInEnv: boolean(),
  create: text(),
  delete: text(),
  dir: text(),
  environment: map(),
  interpreter: list(text()),
  logging: text({ pattern: /^(stdout|stderr|stdoutAndStderr|none)$/ }),
  stderr: text({ output: true }),
  stdin: text(),
  stdout: text({ output: true }),
  triggers: list({ kind: "any" }),
  update: text(),
};

const OUTPUTS = ["stderr", "stdout"];

/** A command on this machine that runs in the life cycle of a resource. */
export function commandType(): ResourceType {
  return {
    derivedOutputs: OUTPUTS,
    check: (inputs) => {
      const checked = checkInputs(COMMAND_SCHEMA, inputs, "Command");
      // No property of a command has a default, and the official plugin keeps no note of that.
      delete checked.inputs[DEFAULTS];
      return checked;
    },
    diff: diffCommand,
    preview: (inputs, state) => ({
      ...inputs,
      stdout: runsScript(inputs, state) ? UNKNOWN : (state?.stdout ?? ""),
      stderr: runsScript(inputs, state) ? UNKNOWN : (state?.stderr ?? ""),
    }),
    create: async ({ inputs, name, ...operation }) => {
      const id = `${name}${randomBytes(4).toString("hex")}`;
      return { id, state: await runScript(inputs.create, inputs, {}, { name, ...operation }) };
    },
    // A command leaves nothing behind that could be looked at.
    read: ({ id, inputs, state }) => Promise.resolve({ id, inputs, state }),
    update: ({ inputs, state, ...operation }) =>
      runScript(inputs.update ?? inputs.create, inputs, state, operation),
    delete: async ({ state, ...operation }) => {
      await runScript(state.delete, state, state, operation);
    },
  };
}

/** Any change runs the update; only changed triggers make a new resource, created before the old one is deleted. */
function diffCommand(state: Properties, inputs: Properties): Diff {
  const details: Record<string, DiffKind> = {};
  for (const name of Object.keys(COMMAND_SCHEMA).filter((key) => !OUTPUTS.includes(key))) {
    const was = state[name] ?? null;
    const wanted = inputs[name] ?? null;
    if (!isEqual(was, wanted)) {
      const kind = was === null ? "ADD" : wanted === null ? "DELETE" : "UPDATE";
      details[name] = name === "triggers" ? `${kind}_REPLACE` : kind;
    }
  }
  return { details, stables: [], deleteBeforeReplace: false };
}

function runsScript(inputs: Properties, state: Properties | null): boolean {
  const script = state === null ? inputs.create : (inputs.update ?? inputs.create);
  return script !== undefined && script !== null;
}

async function runScript(
  script: Value | undefined,
  settings: Properties,
  previous: Properties,
  operation: Operation,
): Promise<Properties> {
  const outputs = { stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" };
  if (typeof script !== "string") {
    return { ...settings, ...outputs };
  }
  const { stdout, stderr } = await run(script, settings, outputs, operation);
  return { ...settings, stdout, stderr };
}
