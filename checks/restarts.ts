import type { Check } from "./check";

/** No replica is killed, ends, or is started again. */
export function restartsCheck(): Check {
  return {
    name: "restarts",
    moment: "while",
    look: ({ hands, set }) => hands.findEndings(set),
  };
}
