import * as z from "zod/mini";

import { distinct, duration, integer, object, oneOf, text } from "./fields";

const STACK = text(/^[A-Za-z0-9_.-]{1,100}$/, "must be the name of a stack of this project");

/** `maestro:prune`: which images are taken away, and when. */
export const pruneSchema = object({
  /** When it happens by itself; left out: never. */
  after: z.optional(oneOf(["release"])),
  keep: z._default(integer(1, 20), 10),
  minimumAge: z.prefault(duration(), "1d"),
  /** All stacks that use the registry; left out: that is known of a registry on loopback alone. */
  registryStacks: z.optional(distinct(STACK, "must be a list of stacks; such as [demo]")),
});
