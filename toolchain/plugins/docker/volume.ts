import { UNKNOWN, type Properties } from "../../rpc/values";
import { diffBySchema } from "../diff";
import { inputsFromState, plannedOutputs } from "../outputs";
import type { ResourceType } from "../resourceType";
import { list, map, text } from "../schema";
import { checkNamed, hasMadeUpName } from "./autoname";
import { LABEL } from "./containerSchema";
import { labelMap, reader } from "./spec";
import { labelList } from "./containerState";
import { EngineError, type Engine } from "./engine";

const replaces = true;
const computed = true;

/** `docker:index/volume:Volume`. Left out, and refused: `cluster`, which only swarms have. */
export const VOLUME_SCHEMA = {
  driver: text({ replaces, computed }),
  driverOpts: map({ replaces }),
  labels: list(LABEL, { replaces }),
  mountpoint: text({ output: true }),
  name: text({ replaces }),
};

interface VolumeInspect {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
}

export function volumeType(engine: () => Engine): ResourceType {
  const where = (name: unknown) => `volume ${String(name)} on ${engine().address.text}`;
  return {
    derivedOutputs: [],
    check: (inputs, olds, name, suffix) =>
      checkNamed(VOLUME_SCHEMA, "Volume", { inputs, olds, name, suffix }),
    diff: (state, inputs) => ({
      ...diffBySchema(VOLUME_SCHEMA, state, inputs),
      // A name the program fixed can be had only once.
      deleteBeforeReplace: !hasMadeUpName(inputs),
    }),
    preview: (inputs, state) =>
      plannedOutputs(VOLUME_SCHEMA, inputs, state, state === null ? UNKNOWN : null),
    create: async ({ inputs }) => {
      const { text, map, entries } = reader(inputs);
      const body = {
        Name: text("name"),
        Driver: text("driver") ?? "local",
        DriverOpts: map("driverOpts"),
        Labels: labelMap(entries("labels")) ?? {},
      };
      const created = await engine()
        .request<VolumeInspect>("POST", "/volumes/create", { body })
        .catch((error: unknown) => {
          throw new Error(
            `${where(inputs.name)}: unable to create volume: ${(error as Error).message}`,
          );
        });
      return { id: created.Name, state: volumeState(created) };
    },
    read: async ({ id, inputs }) => {
      const found = await inspectVolume(engine(), id);
      if (found === undefined) {
        return undefined;
      }
      const state = volumeState(found);
      return { id, state, inputs: inputsFromState(VOLUME_SCHEMA, state, inputs) };
    },
    // Nothing about a volume can change while it lives.
    update: ({ inputs, state }) =>
      Promise.resolve(plannedOutputs(VOLUME_SCHEMA, inputs, state, null)),
    delete: async ({ id }) => {
      await engine()
        .request("DELETE", `/volumes/${encodeURIComponent(id)}`)
        .catch((error: unknown) => {
          if (!(error instanceof EngineError && error.status === 404)) {
            throw new Error(`${where(id)}: unable to remove volume: ${(error as Error).message}`);
          }
        });
    },
  };
}

function volumeState(volume: VolumeInspect): Properties {
  const options = { ...volume.Options };
  return {
    driver: volume.Driver,
    driverOpts: Object.keys(options).length === 0 ? null : options,
    id: volume.Name,
    labels: labelList(volume.Labels),
    mountpoint: volume.Mountpoint,
    name: volume.Name,
  };
}

async function inspectVolume(engine: Engine, name: string): Promise<VolumeInspect | undefined> {
  try {
    return await engine.request<VolumeInspect>("GET", `/volumes/${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}
