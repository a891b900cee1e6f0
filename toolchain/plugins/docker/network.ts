import { setTimeout as sleep } from "node:timers/promises";
import { UNKNOWN, type Properties } from "../../rpc/values";
import { diffBySchema } from "../diff";
import { inputsFromState, plannedOutputs } from "../outputs";
import type { DeleteOperation, ResourceType } from "../resourceType";
import { boolean, list, map, object, set, text } from "../schema";
import { checkNamed, hasMadeUpName } from "./autoname";
import { LABEL } from "./containerSchema";
import { labelMap, reader, toText } from "./spec";
import { labelList } from "./containerState";
import { EngineError, type Engine } from "./engine";

const replaces = true;
const computed = true;
const DELETE_POLL_MILLISECONDS = 250;
const DELETE_TIMEOUT_MILLISECONDS = 30_000;

/** `docker:index/network:Network`: every input replaces. */
export const NETWORK_SCHEMA = {
  attachable: boolean({ replaces }),
  driver: text({ replaces, computed }),
  ingress: boolean({ replaces }),
  internal: boolean({ replaces, computed }),
  ipamConfigs: set(
    object({ auxAddress: map(), gateway: text({ computed }), ipRange: text(), subnet: text() }),
    { replaces, computed, whole: true },
  ),
  ipamDriver: text({ replaces, default: "default" }),
  ipamOptions: map({ replaces }),
  ipv6: boolean({ replaces }),
  labels: list(LABEL, { replaces }),
  name: text({ replaces }),
  options: map({ replaces, computed }),
  scope: text({ output: true }),
};

interface NetworkInspect {
  readonly Id: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly EnableIPv6: boolean;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly Scope: string;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<Record<string, string>> | null;
    readonly Config:
      | readonly {
          readonly Subnet?: string;
          readonly Gateway?: string;
          readonly IPRange?: string;
          readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
        }[]
      | null;
  };
}

export function networkType(engine: () => Engine): ResourceType {
  return {
    derivedOutputs: [],
    check: (inputs, olds, name, suffix) =>
      checkNamed(NETWORK_SCHEMA, "Network", { inputs, olds, name, suffix }),
    diff: (state, inputs) => ({
      ...diffBySchema(NETWORK_SCHEMA, state, inputs),
      // A name the program fixed can be had only once.
      deleteBeforeReplace: !hasMadeUpName(inputs),
    }),
    preview: (inputs, state) =>
      plannedOutputs(NETWORK_SCHEMA, inputs, state, state === null ? UNKNOWN : null),
    create: async ({ inputs }) => {
      const where = `network ${toText(inputs.name)} on ${engine().address.text}`;
      const { Id: id } = await engine()
        .request<{ Id: string }>("POST", "/networks/create", { body: networkSpec(inputs) })
        .catch((error: unknown) => {
          throw new Error(`${where}: unable to create network: ${(error as Error).message}`);
        });
      const found = await inspectNetwork(engine(), id);
      if (found === undefined) {
        throw new Error(`${where}: was removed while it was created; run the update again`);
      }
      return { id, state: networkState(found) };
    },
    read: async ({ id, inputs }) => {
      const found = await inspectNetwork(engine(), id);
      if (found === undefined) {
        return undefined;
      }
      const state = networkState(found);
      return { id: found.Id, state, inputs: inputsFromState(NETWORK_SCHEMA, state, inputs) };
    },
    // Nothing about a network can change while it lives.
    update: ({ inputs, state }) =>
      Promise.resolve(plannedOutputs(NETWORK_SCHEMA, inputs, state, null)),
    delete: (operation) => deleteNetwork(engine(), operation),
  };
}

function networkSpec(inputs: Properties): Record<string, unknown> {
  const { text, flag, entries, map } = reader(inputs);
  return {
    Name: text("name"),
    // Older engines allow two networks of one name, which nobody could tell apart.
    CheckDuplicate: true,
    Driver: text("driver") ?? "bridge",
    Internal: flag("internal"),
    Attachable: flag("attachable"),
    Ingress: flag("ingress"),
    EnableIPv6: flag("ipv6"),
    Labels: labelMap(entries("labels")) ?? {},
    Options: map("options"),
    IPAM: {
      Driver: text("ipamDriver") ?? "default",
      Options: map("ipamOptions"),
      Config: entries("ipamConfigs").map((config) => ({
        Subnet: reader(config).text("subnet"),
        Gateway: reader(config).text("gateway"),
        IPRange: reader(config).text("ipRange"),
        AuxiliaryAddresses: reader(config).map("auxAddress"),
      })),
    },
  };
}

function networkState(network: NetworkInspect): Properties {
  return {
    attachable: network.Attachable,
    driver: network.Driver,
    id: network.Id,
    ingress: network.Ingress,
    internal: network.Internal,
    ipamConfigs: (network.IPAM.Config ?? []).map((config) => ({
      auxAddress: { ...config.AuxiliaryAddresses },
      gateway: config.Gateway ?? "",
      ipRange: config.IPRange ?? "",
      subnet: config.Subnet ?? "",
    })),
    ipamDriver: network.IPAM.Driver,
    ipamOptions: { ...network.IPAM.Options },
    ipv6: network.EnableIPv6,
    labels: labelList(network.Labels),
    name: network.Name,
    options: { ...network.Options },
    scope: network.Scope,
  };
}

async function inspectNetwork(engine: Engine, id: string): Promise<NetworkInspect | undefined> {
  try {
    return await engine.request<NetworkInspect>("GET", `/networks/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

/** Containers that are just being removed still hold a network for a moment, so a network in use is asked again. */
async function deleteNetwork(engine: Engine, { id, state, signal }: DeleteOperation) {
  const deadline = Date.now() + DELETE_TIMEOUT_MILLISECONDS;
  for (;;) {
    try {
      await engine.request("DELETE", `/networks/${id}`);
      return;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) {
        return;
      }
      const message = error instanceof Error ? error.message : String(error);
      if (!message.includes("has active endpoints") || Date.now() >= deadline) {
        throw new Error(
          `network ${toText(state.name)} on ${engine.address.text}: unable to remove network: ${message}`,
        );
      }
    }
    await sleep(DELETE_POLL_MILLISECONDS, undefined, { signal });
  }
}
