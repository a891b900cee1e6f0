import * as z from "zod/mini";

import { list, object } from "./fields";
import { moduleSchema } from "./module";

/** `maestro:doctor`: what is looked at beside what `maestro doctor` looks at by itself. */
export const doctorSchema = object({
  checks: z._default(list(moduleSchema, "must be a list of modules", 20), []),
});
