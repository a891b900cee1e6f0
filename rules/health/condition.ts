/**
 * How well something is. `warning`: it works, and will not go on to, or only just. `unknown`: it could not be looked at,
 * or not in time.
 */
export type Condition = "good" | "warning" | "bad" | "unknown";
