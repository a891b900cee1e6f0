import { holdsUnknown, isRecord, UNKNOWN, type Properties, type Value } from "../../rpc/values";
import { checkInputs } from "../check";
import { diffBySchema } from "../diff";
import { checkNamed, hasMadeUpName } from "../docker/autoname";
import { inputsFromState, plannedOutputs } from "../outputs";
import { InitializationFailed, type ResourceType } from "../resourceType";
import { map, type Schema } from "../schema";
import { documentText, isSameDocument } from "./policyDocument";
import { messageOf, type Session } from "./session";
import { textOf } from "./text";

/** One AWS resource type: what differs from the others. */
export interface AwsDefinition {
  /** As the official provider names it in errors: `ECR Repository`. */
  readonly title: string;
  readonly schema: Schema;
  /** Whether a name is made up where the program gives none. */
  readonly isNamed: boolean;
  readonly isTagged: boolean;
  /** Properties that hold policy documents. */
  readonly documents: readonly string[];
  /** Inputs that AWS never gives back. */
  readonly kept: readonly string[];
  create(session: Session, inputs: Properties): Promise<string>;
  /** The state without {@link kept}; undefined: it is gone. */
  find(session: Session, id: string, state: Properties): Promise<Properties | undefined>;
  /** A second one cannot be there beside the first: it is deleted before it is made again. */
  readonly isOnlyOne?: boolean;
  /** Left out: every change replaces. */
  update?(session: Session, id: string, inputs: Properties, state: Properties): Promise<void>;
  remove(session: Session, id: string, state: Properties): Promise<void>;
}

export const TAGS: Schema = { tags: map(), tagsAll: map({ output: true }) };

/** Makes a resource type of a definition: default tags, documents, errors and reading back are the same for all. */
export function awsType(session: () => Session, definition: AwsDefinition): ResourceType {
  const { schema, title, isNamed, isTagged, documents } = definition;
  const failing = async <T>(verb: string, what: Value | undefined, action: () => Promise<T>) => {
    try {
      await session().ready();
      return await action();
    } catch (error) {
      if (error instanceof InitializationFailed) throw error;
      throw new Error(`${verb} ${title} (${textOf(what)}): ${messageOf(error)}`);
    }
  };
  const stateOf = (found: Properties, inputs: Properties): Properties => ({
    ...found,
    ...Object.fromEntries(
      definition.kept.map((key) => [key, inputs[key] ?? schema[key]?.default ?? null]),
    ),
    ...Object.fromEntries(
      documents.map((key) => [
        key,
        isSameDocument(found[key], inputs[key]) ? (inputs[key] ?? null) : (found[key] ?? null),
      ]),
    ),
  });
  return {
    derivedOutputs: isTagged ? ["tagsAll"] : [],
    check: (inputs, olds, name, suffix) => {
      const given = {
        ...inputs,
        ...Object.fromEntries(
          documents
            .filter((key) => inputs[key] !== undefined)
            .map((key) => [key, documentText(inputs[key] ?? null)]),
        ),
        ...(isTagged ? mergedTags(inputs, session().config.defaultTags) : {}),
      };
      return isNamed
        ? checkNamed(schema, title, { inputs: given, olds, name, suffix })
        : checkInputs(schema, given, title);
    },
    diff: (state, inputs) => {
      const same = documents.filter((key) => isSameDocument(state[key], inputs[key]));
      const settled = Object.fromEntries(same.map((key) => [key, state[key] ?? null]));
      return {
        ...diffBySchema(schema, state, { ...inputs, ...settled }),
        // A name the program fixed can be had only once.
        deleteBeforeReplace: definition.isOnlyOne ?? (isNamed && !hasMadeUpName(inputs)),
      };
    },
    preview: (inputs, state) => ({
      ...plannedOutputs(schema, inputs, state, state === null ? UNKNOWN : null),
      ...(isTagged && !holdsUnknown(inputs.tags) ? { tagsAll: inputs.tags ?? {} } : {}),
    }),
    create: ({ inputs, name }) =>
      failing("creating", inputs.name ?? name, async () => {
        const id = await definition.create(session(), inputs);
        try {
          const found = await definition.find(session(), id, inputs);
          if (found === undefined) throw new Error("it is gone already");
          return { id, state: stateOf(found, inputs) };
        } catch (error) {
          // It is there: the engine has to know, or nobody would ever remove it.
          const state = plannedOutputs(schema, inputs, null, null);
          throw new InitializationFailed(
            id,
            state,
            `reading ${title} (${id}): ${messageOf(error)}`,
          );
        }
      }),
    read: ({ id, inputs, state }) =>
      failing("reading", id, async () => {
        const found = await definition.find(session(), id, state);
        if (found === undefined) return undefined;
        const now = stateOf(found, Object.keys(inputs).length === 0 ? found : inputs);
        return { id, state: now, inputs: inputsFromState(schema, now, inputs) };
      }),
    update: ({ id, inputs, state }) =>
      failing("updating", id, async () => {
        await definition.update?.(session(), id, inputs, state);
        const found = await definition.find(session(), id, state);
        if (found === undefined) throw new Error("it is gone; run `pulumi refresh`");
        return stateOf(found, inputs);
      }),
    delete: ({ id, state }) =>
      failing("deleting", id, () => definition.remove(session(), id, state)),
  };
}

/** The program's tags over the provider's; none at all stays none. */
function mergedTags(inputs: Properties, defaults: Readonly<Record<string, string>>) {
  const own = inputs.tags;
  if (Object.keys(defaults).length === 0 || (own !== undefined && !isRecord(own))) return {};
  return { tags: { ...defaults, ...(own ?? {}) } };
}
