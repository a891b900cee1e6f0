import pc from "picocolors";

/** Says how a step went, in a few words behind its title. */
export type Say = (detail: string) => void;

/**
 * Runs one step of the set-up and prints a line about it: mark, title, detail, seconds. The detail is the text that
 * `action` returned, or what it said last.
 *
 * @example
 * const digest = await step("nginx image", async (say) => { say("pushed"); return push(); });
 */
export async function step<T>(title: string, action: (say: Say) => Promise<T>): Promise<T> {
  const began = performance.now();
  let detail: string | undefined;
  const finish = (mark: string) => {
    const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    clearLine();
    console.error([mark, title, detail, pc.dim(seconds)].filter(Boolean).join("  "));
  };
  showRunning(title);
  try {
    const result = await action((text) => {
      detail = text;
      showRunning(`${title}  ${text}`);
    });
    if (typeof result === "string") detail = result;
    finish(pc.green("✓"));
    return result;
  } catch (error) {
    detail = undefined;
    finish(pc.red("✗"));
    throw error;
  }
}

/** Whether a line may be drawn over: a person's terminal, not a log. */
export function isInteractive(): boolean {
  return process.stderr.isTTY && !process.env.CI;
}

function showRunning(text: string): void {
  if (!isInteractive()) return;
  clearLine();
  process.stderr.write(pc.dim(`· ${text}`).slice(0, process.stderr.columns + 8));
}

function clearLine(): void {
  if (isInteractive()) process.stderr.write("\r\u001b[2K");
}
