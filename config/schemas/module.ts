import * as z from "zod/mini";

import { isPlainObject } from "../plainObject";
import { object, text } from "./fields";

const path = text(
  /^(?!.*(?:^|\/)\.\.(?:\/|$))(?:\.\/)?[\w.@+-][\w./@+-]{0,200}\.[cm]?js$/,
  "must be the path of a .js file in the project; such as gates/ticket.js",
);
const options = z.custom<Readonly<Record<string, unknown>>>(isPlainObject, {
  error: "must be an object, which the module gets as it is",
});

/** A module of the project's own, and what it is given. */
export const moduleSchema = object({ module: path, options: z._default(options, {}) });

/** The same where there may be none. */
export const moduleFields = { module: z.optional(path), options: z.optional(options) };
