import type { Properties } from "../../rpc/values";
import { UNKNOWN } from "../../rpc/values";
import { diffBySchema } from "../diff";
import { inputsFromState, plannedOutputs } from "../outputs";
import { InitializationFailed, type CreateOperation, type ResourceType } from "../resourceType";
import { checkNamed } from "./autoname";
import { deleteContainer } from "./containerDelete";
import type { ContainerInspect } from "./containerInspect";
import { CONTAINER_SCHEMA } from "./containerSchema";
import { containerSpec, updateSpec } from "./containerSpec";
import { bringUp } from "./containerStart";
import { containerState } from "./containerState";
import { EngineError, type Engine } from "./engine";
import { findImage } from "./images";
import { toText } from "./spec";

/** Settings Docker can change while a container lives. */
const UPDATABLE = [
  "cpuSet",
  "cpuShares",
  "deviceReadBps",
  "deviceReadIops",
  "deviceWriteBps",
  "deviceWriteIops",
  "maxRetryCount",
  "memory",
  "memoryReservation",
  "memorySwap",
  "restart",
];

/** `docker:index/container:Container`. */
export function containerType(engine: () => Engine, config: () => Properties): ResourceType {
  return {
    derivedOutputs: ["containerLogs"],
    check: (inputs, olds, name, suffix) =>
      checkNamed(CONTAINER_SCHEMA, "Container", { inputs, olds, name, suffix }),
    diff: (state, inputs) => diffBySchema(CONTAINER_SCHEMA, state, inputs),
    preview: (inputs, state) =>
      plannedOutputs(CONTAINER_SCHEMA, inputs, state, state === null ? UNKNOWN : null),
    create: (operation) => createContainer(engine(), config(), operation),
    read: async ({ id, inputs, state }) => {
      const found = await inspectContainer(engine(), id);
      // The official plugin compares full ids: a name or a short id finds nothing.
      if (found === undefined || found.Id !== id) {
        return undefined;
      }
      const current = containerState(found, state);
      return { id, state: current, inputs: inputsFromState(CONTAINER_SCHEMA, current, inputs) };
    },
    update: async ({ id, inputs, state }) => {
      await updateContainer(engine(), id, inputs, state);
      return { ...plannedOutputs(CONTAINER_SCHEMA, inputs, state, null), id };
    },
    delete: (operation) => deleteContainer(engine(), operation),
  };
}

async function createContainer(engine: Engine, config: Properties, operation: CreateOperation) {
  const { inputs, signal } = operation;
  const name = toText(inputs.name);
  const where = `container ${name} on ${engine.address.text}`;
  const image = toText(inputs.image);
  await findImage(engine, config, image, inputs.platform, signal).catch((error: unknown) => {
    throw new Error(`${where}: unable to create container with image ${image}: ${reason(error)}`);
  });
  const { Id: id } = await engine
    .request<{ Id: string }>("POST", "/containers/create", {
      query: { name, platform: (inputs.platform as string | null) ?? undefined },
      body: containerSpec(inputs),
    })
    .catch((error: unknown) => {
      throw new Error(`${where}: unable to create container: ${reason(error)}`);
    });
  const planned: Properties = { ...plannedOutputs(CONTAINER_SCHEMA, inputs, null, null), id };
  try {
    const containerLogs = await bringUp(engine, id, operation);
    const found = await engine.request<ContainerInspect>("GET", `/containers/${id}/json`);
    // A container that ended on its own is no failure of the create; a refresh will tell.
    const state = { ...containerState(found, planned), mustRun: inputs.mustRun ?? true };
    return { id, state: containerLogs === null ? state : { ...state, containerLogs } };
  } catch (error) {
    // The container exists: the state has to hold it, or nobody would ever remove it.
    throw new InitializationFailed(id, planned, `${where}: ${reason(error)}`);
  }
}

async function updateContainer(engine: Engine, id: string, inputs: Properties, state: Properties) {
  const where = `container ${toText(state.name)} on ${engine.address.text}`;
  const { details } = diffBySchema(CONTAINER_SCHEMA, state, inputs);
  const changed = new Set(Object.keys(details).map((path) => path.split(/[.[]/)[0] ?? path));
  if (changed.has("mustRun") && inputs.mustRun === true && inputs.start !== false) {
    await engine.request("POST", `/containers/${id}/start`).catch((error: unknown) => {
      throw new Error(`${where}: unable to start container: ${reason(error)}`);
    });
  }
  if (UPDATABLE.some((name) => changed.has(name))) {
    await engine
      .request("POST", `/containers/${id}/update`, { body: updateSpec(inputs) })
      .catch((error: unknown) => {
        throw new Error(`${where}: unable to update container: ${reason(error)}`);
      });
  }
}

/** Looks a container up; undefined where it is gone. */
export async function inspectContainer(
  engine: Engine,
  id: string,
): Promise<ContainerInspect | undefined> {
  try {
    return await engine.request<ContainerInspect>("GET", `/containers/${id}/json`);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
