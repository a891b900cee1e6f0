import { UNKNOWN, type Properties } from "../../rpc/values";
import { checkInputs } from "../check";
import { diffBySchema } from "../diff";
import { inputsFromState, plannedOutputs } from "../outputs";
import type { ResourceType } from "../resourceType";
import { boolean, map, set, text } from "../schema";
import { EngineError, type Engine } from "./engine";
import { encodeName, findImage, inspectImage, repoDigestOf, type ImageInspect } from "./images";
import { toText } from "./spec";

const replaces = true;

/** `docker:index/remoteImage:RemoteImage`. Left out, and refused: `build`. */
export const REMOTE_IMAGE_SCHEMA = {
  forceRemove: boolean(),
  imageId: text({ output: true }),
  keepLocally: boolean(),
  name: text({ replaces, required: true }),
  platform: text({ replaces }),
  pullTriggers: set(text(), { replaces }),
  repoDigest: text({ output: true }),
  triggers: map({ replaces }),
};

export function remoteImageType(engine: () => Engine, config: () => Properties): ResourceType {
  const present = async (inputs: Properties, signal: AbortSignal) => {
    const name = toText(inputs.name);
    const image = await findImage(engine(), config(), name, inputs.platform, signal);
    return { id: `${image.Id}${name}`, state: imageState(inputs, image) };
  };
  return {
    derivedOutputs: [],
    check: (inputs) => checkInputs(REMOTE_IMAGE_SCHEMA, inputs, "RemoteImage"),
    diff: (state, inputs) => ({
      ...diffBySchema(REMOTE_IMAGE_SCHEMA, state, inputs),
      // The new image may share its name with the old one; pulling first keeps what runs from losing it.
      deleteBeforeReplace: false,
    }),
    preview: (inputs, state) =>
      plannedOutputs(REMOTE_IMAGE_SCHEMA, inputs, state, state === null ? UNKNOWN : null),
    create: ({ inputs, signal }) => present(inputs, signal),
    read: async ({ inputs, state }) => {
      const name = toText(state.name);
      const image = await inspectImage(engine(), name);
      if (image === undefined || state.name === undefined) {
        return undefined;
      }
      const current = imageState(state, image);
      return {
        id: `${image.Id}${name}`,
        state: current,
        inputs: inputsFromState(REMOTE_IMAGE_SCHEMA, current, inputs),
      };
    },
    update: async ({ inputs, signal }) => (await present(inputs, signal)).state,
    delete: async ({ state }) => {
      if (state.keepLocally === true) {
        return;
      }
      const name = toText(state.name);
      const query = { force: state.forceRemove === true };
      await engine()
        .request("DELETE", `/images/${encodeName(name)}`, { query })
        .catch((error: unknown) => {
          if (!(error instanceof EngineError && error.status === 404)) {
            throw new Error(
              `image ${name} on ${engine().address.text}: unable to remove image: ${(error as Error).message}`,
            );
          }
        });
    },
  };
}

function imageState(inputs: Properties, image: ImageInspect): Properties {
  return {
    ...plannedOutputs(REMOTE_IMAGE_SCHEMA, inputs, null, null),
    id: `${image.Id}${toText(inputs.name)}`,
    imageId: image.Id,
    repoDigest: repoDigestOf(toText(inputs.name), image),
  };
}
