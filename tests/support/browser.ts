import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { ensureCommands, findCommands } from "../../toolchain/setup/packages";

/** Browsers that will do, the smallest first. */
const COMMANDS = ["chromium-headless-shell", "chromium", "google-chrome"];

/** Starts Chromium without a window: the machine's own, else Debian's. Every connection it opens is the test's. */
export async function launchBrowser(): Promise<Browser> {
  const find = () => COMMANDS.flatMap((command) => findCommands(command))[0];
  if (find() === undefined) {
    await ensureCommands({ "chromium-headless-shell": "chromium-headless-shell" });
  }
  return chromium.launch({
    executablePath: find()!,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Notes whatever a page asks for in vain, and what it complains of; the list grows while the page lives. */
export function watchPage(page: Page): string[] {
  const problems: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    problems.push(`${request.failure()?.errorText ?? "failed"} ${request.url()}`);
  });
  page.on("pageerror", (error) => void problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  return problems;
}
