import type { StackRecords } from "../records/stackRecords";
import type { Color, ReleaseRecord } from "../release/release";
import type { Placement } from "../release/rolloutPlan";
import type { UserRequest } from "../release/trafficTally";
import type { SmokeRequest } from "../rules/health/smokeTest";
import type { Answer } from "../rules/host/asking";

/** A set and what it is to hold. */
export interface HeldSet {
  readonly color: Color;
  readonly record: ReleaseRecord;
}

/** Why a set cannot take traffic. */
export interface Unfit {
  /**
   * `incomplete`: it does not hold what its record says, which is no fault of the release; the next update makes it anew.
   * `unwell`: it holds that, and does not answer as it must.
   */
  readonly kind: "incomplete" | "unwell";
  /** What was found, for people: a line each. */
  readonly says: string;
  /** Last lines that the part at fault has written; empty: there are none, or none that tell. */
  readonly logs: readonly string[];
}

/** The way a question takes: as users come, or to the set that does not serve. */
export type Way = "public" | "preview";

/** One replica of a service. */
export interface Part {
  readonly service: string;
  readonly replica: number;
}

/** What a part has answered. */
export interface PartReply {
  /** A text says why there is no answer. */
  readonly answer: Answer | string;
  /** From the question to the end of the answer, as the deployer sees it. */
  readonly milliseconds: number;
}

/** What a part uses of its memory. */
export interface PartMemory {
  readonly part: Part;
  /** Without what the kernel can take back at once. */
  readonly bytes: number;
  readonly limitBytes: number;
}

/** Tells of users' requests until it is closed. */
export interface TrafficFeed {
  /** Unix time with fractions, by the clock that requests are told with. */
  now(): number;
  /** What of the traffic cannot be read, as a sentence; null: all can. */
  missing(): string | null;
  close(): void;
}

/**
 * What the steps of an update do to a stack where it runs. A target brings its own; `tests/support/targetConformance.ts`
 * says what each of these promises. A step is run again after a kill, so all of these can be done twice.
 *
 * Each of them throws HostError where the target cannot be reached: that says nothing about a release.
 */
export interface TargetHands {
  /** What the stack keeps where it runs, so that it outlives a killed update. */
  readonly records: StackRecords;

  /** The set that users reach; null: nothing serves yet. */
  activeColor(): Promise<Color | null>;

  /**
   * Has ready whatever can fail to come, as images do, before any part of a set is touched. Whoever asks has written down
   * that the release is under way, so that nobody takes it for old.
   *
   * @throws Error naming all that cannot be had.
   */
  fetch(record: ReleaseRecord): Promise<void>;

  /**
   * Removes all that is left in a set, with time to finish what it does. Never asked for the set that serves.
   *
   * @returns names of what was removed.
   */
  clear(set: HeldSet): Promise<readonly string[]>;

  /**
   * Looks whether a set is what its record says and every part of it is ready. What was stopped is started: by
   * {@link TargetHands.retire}, or by hand.
   *
   * @param passes answers in a row that count as ready. @default - each service's own number
   * @returns why it cannot take traffic; null: it can.
   */
  findUnfit(set: HeldSet, passes?: number): Promise<Unfit | null>;

  /**
   * Looks whether a set is what its record says, and starts nothing.
   *
   * @returns what is not; null: it is.
   */
  findIncomplete(set: HeldSet): Promise<Unfit | null>;

  /**
   * Asks every service the way its users do, and compares which set answers.
   *
   * @param services asks these alone. @default - all
   * @returns what is wrong, a line a service that begins with its name; empty: all of them answered, from this set.
   */
  ask(set: HeldSet, way: Way, services?: readonly string[]): Promise<readonly string[]>;

  /** Where the idle set can be tried from the deployer's machine; null: only the host itself reaches it. */
  previewUrl(): string | null;

  /** Asks one part of a set whether it is ready, whatever the others answer. */
  askPart(set: HeldSet, part: Part): Promise<PartReply>;

  /**
   * One request as a user of the service sends it.
   *
   * @param way the set it reaches. @default "preview"
   * @throws Error when there is no answer.
   */
  request(set: HeldSet, service: string, request: SmokeRequest, way?: Way): Promise<Answer>;

  /** Parts of a set that were killed, have ended, or were started again by themselves, each with what became of it. */
  findEndings(set: HeldSet): Promise<readonly { readonly part: Part; readonly says: string }[]>;

  /** What the parts of a set use of their memory. */
  measureMemory(set: HeldSet): Promise<readonly PartMemory[]>;

  /** The last lines that a part has written since it was started. */
  readLog(set: HeldSet, part: Part, lines: number): Promise<readonly string[]>;

  /**
   * Tells of users' requests, each once and in about the order in which they were answered: those of the past as far as
   * they are known, then those to come. It fails nothing: what cannot be read is said by the feed.
   *
   * @param pastSeconds how far back.
   */
  followTraffic(pastSeconds: number, tell: (request: UserRequest) => void): Promise<TrafficFeed>;

  /** Notes that a set is what its record says, so that traffic may go there; whoever asks which release answers is told it. */
  prove(color: Color, placement: Omit<Placement, "proven">): Promise<void>;

  /**
   * Moves all users to a set, those of every service in the same instant. A repeat moves nothing.
   *
   * @param aside percentage of clients, one of SHARES, who get the other set. @default 0
   */
  move(color: Color, aside?: number): Promise<void>;

  /** Percentage of clients who get the set that the others do not. */
  asidePercent(): Promise<number>;

  /** Moves all users of one service to a set; which set they get the others from stays as it is. A repeat moves nothing. */
  moveService(service: string, color: Color): Promise<void>;

  /** Services that users get from the set that they do not get the others from. */
  movedServices(): Promise<readonly string[]>;

  /**
   * Stops a set that serves no more; it stays so until {@link TargetHands.findUnfit} wants it.
   *
   * @param graceSeconds how long a service has to finish what it does.
   * @param services stops these alone. @default - all
   */
  retire(
    color: Color,
    graceSeconds: (service: string) => number,
    services?: readonly string[],
  ): Promise<void>;

  /**
   * Takes away what only a release that is gone was allowed to do, such as its logins in databases. It never fails what
   * it comes after: what is left is taken away by the next update.
   */
  settle(): Promise<void>;

  /** Ends the connection, if there is one. */
  close(): void;
}
