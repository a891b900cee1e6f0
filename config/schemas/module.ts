import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";
import { object, text } from "./fields";

/** A module of the project's own, and what it is given. */
export const moduleSchema = object({
  module: text(
    /^(?!.*(?:^|\/)\.\.(?:\/|$))(?:\.\/)?[\w.@+-][\w./@+-]{0,200}\.[cm]?js$/,
    "must be the path of a .js file in the project; such as gates/ticket.js",
  ),
  options: z._default(
    z.custom<Readonly<Record<string, unknown>>>(isPlainObject, {
      error: "must be an object, which the module gets as it is",
    }),
    {},
  ),
});
