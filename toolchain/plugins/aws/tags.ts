import { isRecord, type Properties, type Value } from "../../rpc/values";
import { textOf } from "./text";

interface Tag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags as AWS wants them. */
export function tagList(value: Value | undefined): { Key: string; Value: string }[] {
  if (!isRecord(value)) return [];
  return Object.entries(value)
    .filter(([key]) => !key.startsWith("__"))
    .map(([Key, entry]) => ({ Key, Value: textOf(entry) }));
}

/** `tags` and `tagsAll` of a state; tags that AWS itself has put there are not the user's. */
export function tagOutputs(tags: readonly Tag[] | undefined): Properties {
  const own = (tags ?? []).filter(({ Key = "" }) => !Key.startsWith("aws:"));
  const all = Object.fromEntries(own.map(({ Key = "", Value = "" }) => [Key, Value]));
  return { tags: own.length === 0 ? null : all, tagsAll: all };
}

/** What has to be set and what removed to get from one set of tags to another. */
export function tagChanges(state: Properties, inputs: Properties) {
  const wanted = tagList(inputs.tags);
  const removed = tagList(state.tags)
    .map(({ Key }) => Key)
    .filter((key) => !wanted.some((tag) => tag.Key === key));
  return { wanted, removed };
}
