import type { ReleaseRecord } from "../../release/release";
import type { SmokeRequest } from "../../rules/health/smokeTest";
import type { Answer } from "../../rules/host/asking";
import type { Way } from "../../targets/hands";

/** A service's part of a set: what it runs, and whether it does. */
export interface Part {
  readonly spec: string;
  readonly running: boolean;
}

/** What is wrong with a release although its set holds it. */
export interface Ailment {
  /** What is found at the set itself. */
  readonly unfit?: string;
  /** The one service that has it and answers so; left out: all. */
  readonly service?: string;
  /** What every service answers, by the way it is asked. */
  readonly answers?: Partial<Readonly<Record<Way, string>>>;
  /** What one part answers when it is asked whether it is ready, the first time, the second ... the last stays. */
  readonly ready?: readonly (Answer | string)[];
  readonly milliseconds?: number;
  /** What a request of a user gets. */
  readonly reply?: (request: SmokeRequest) => Answer;
  readonly ending?: string;
  /** Of a limit of 1,000. */
  readonly memory?: number;
  readonly log?: readonly string[];
}

/** A step has done what no step may do. Not for a test to expect. */
export class PromiseBroken extends Error {}

/** What a service's part is made from; a part made from anything else must be replaced. */
export function specOf(
  { services, generation, generations }: ReleaseRecord,
  service: string,
): string {
  return `${services[service]?.digest}#${generations?.[service] ?? generation}`;
}
