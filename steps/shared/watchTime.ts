const QUESTION_INTERVAL_MILLISECONDS = 1_000;
/** What users get is looked at so often: what fails is undone within a second. */
const LOOK_INTERVAL_MILLISECONDS = 500;
const PROGRESS_INTERVAL_MILLISECONDS = 10_000;
/** So many times its length a watch may go on where it must not end without an answer. */
const EXTENSIONS = 10;

/** When a watch asks, looks, tells and ends. */
export class WatchTime {
  private end: number;
  private last: number;
  private asked = performance.now();
  private nextQuestion = this.asked + QUESTION_INTERVAL_MILLISECONDS;
  private nextProgress = this.asked + PROGRESS_INTERVAL_MILLISECONDS;

  /** @param mayExtend whether it goes on where it has no answer, up to ten times as long. */
  constructor(
    private readonly seconds: number,
    mayExtend: boolean,
  ) {
    this.end = this.asked + seconds * 1000;
    this.last = this.asked + seconds * 1000 * (mayExtend ? EXTENSIONS : 1);
  }

  /** Over is a watch once it has asked at its end: a timer may wake a moment before that. */
  isOver(): boolean {
    return this.asked >= this.end;
  }

  /** @returns false: it may not go on. */
  extend(): boolean {
    if (this.end >= this.last) return false;
    this.end = Math.min(this.last, this.end + this.seconds * 1000);
    return true;
  }

  /** Milliseconds until something is due. */
  untilNext(looks: boolean): number {
    const due = Math.min(this.nextQuestion, this.end) - performance.now();
    return Math.max(0, looks ? Math.min(due, LOOK_INTERVAL_MILLISECONDS) : due);
  }

  isQuestionDue(): boolean {
    return performance.now() >= Math.min(this.nextQuestion, this.end);
  }

  /** @param isHeld the time since the last question does not count. */
  hasAsked(isHeld: boolean): void {
    const now = performance.now();
    if (isHeld) {
      this.end += now - this.asked;
      this.last += now - this.asked;
    }
    this.asked = now;
    this.nextQuestion = Math.max(this.nextQuestion + QUESTION_INTERVAL_MILLISECONDS, now);
  }

  /** Whether to tell how it goes; each time is told once. */
  isProgressDue(): boolean {
    if (performance.now() < this.nextProgress || this.nextProgress >= this.end) return false;
    this.nextProgress += PROGRESS_INTERVAL_MILLISECONDS;
    return true;
  }

  secondsLeft(): number {
    return Math.round((this.end - performance.now()) / 1000);
  }
}
