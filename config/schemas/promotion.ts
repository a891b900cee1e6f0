import { duration, text } from "./fields";

/** `maestro:promoteFrom`: the stack whose releases this one takes over. */
export const promoteFromSchema = text(
  /^(?:[A-Za-z0-9_.-]{1,100}\/){0,2}[A-Za-z0-9_.-]{1,100}$/,
  "must be the name of a stack such as demo; or <organization>/<project>/<stack>",
);

/** `maestro:minimumSoak`, in seconds: how long a release must have served there. */
export const minimumSoakSchema = duration();

/** `maestro:pinReason`: why the release is not the promoted one. */
export const pinReasonSchema = text(
  /^(?=.*\S)[^\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]{8,300}$/u,
  "must say in 8 to 300 characters why this release and not the promoted one; it goes into the history",
);
