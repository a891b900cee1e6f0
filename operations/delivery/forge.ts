/** A comment of a pull or merge request. */
export interface Comment {
  readonly id: number;
  readonly body: string;
}

/** Where pull or merge requests are discussed. Each of these throws what the server has answered. */
export interface Forge {
  /** All comments, oldest first, from all pages. */
  comments(): AsyncIterable<Comment>;
  create(body: string): Promise<void>;
  update(id: number, body: string): Promise<void>;
  labels(): Promise<readonly string[]>;
  setLabels(change: {
    readonly add: string | null;
    readonly remove: readonly string[];
  }): Promise<void>;
}

/** What became of a comment. */
export type Published = "created" | "updated" | "as it was";

/**
 * Has one comment of a stack say this: the first one that begins with the mark is edited, so that a request has one
 * however often it is previewed. A quotation of it begins otherwise.
 */
export async function publishComment(forge: Forge, mark: string, body: string): Promise<Published> {
  for await (const comment of forge.comments()) {
    if (!comment.body.startsWith(mark)) continue;
    // Some servers take the spaces at the end away.
    if (comment.body.trim() === body.trim()) return "as it was";
    await forge.update(comment.id, body);
    return "updated";
  }
  await forge.create(body);
  return "created";
}

/** Has the request the stack's one label, of all that begin so. */
export async function publishLabel(forge: Forge, prefix: string, label: string): Promise<void> {
  const wanted = `${prefix}${label}`;
  const there = await forge.labels();
  const remove = there.filter((name) => name.startsWith(prefix) && name !== wanted);
  const add = there.includes(wanted) ? null : wanted;
  if (add !== null || remove.length > 0) await forge.setLabels({ add, remove });
}
