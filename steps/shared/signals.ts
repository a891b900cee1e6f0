/** A wish to end, told to a step that must not end just now. */
export interface Cancellation {
  /** Aborted once the wish has come. */
  readonly signal: AbortSignal;
  /** Resolves once the wish has come. */
  readonly fired: Promise<"cancelled">;
  /** A signal ends the process again, as usual. */
  stop(): void;
}

/** Has SIGINT and SIGTERM wait for the step: it answers them where it may end. A second one ends the process at once. */
export function listenForSignals(): Cancellation {
  const controller = new AbortController();
  const abort = () => controller.abort("cancelled");
  const fired = new Promise<"cancelled">((resolve) => {
    controller.signal.addEventListener("abort", () => resolve("cancelled"));
  });
  process.once("SIGINT", abort).once("SIGTERM", abort);
  return {
    signal: controller.signal,
    fired,
    stop: () => void process.off("SIGINT", abort).off("SIGTERM", abort),
  };
}
