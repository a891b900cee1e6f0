import type { Browser } from "playwright-core";
import { watchPage } from "./browser";

/** What one visitor saw: the release of the page, and that of the view which it loaded later. */
export interface Visit {
  readonly page: string;
  readonly view: string;
  readonly problems: readonly string[];
}

/** Visitors of the example frontend, one after another, each with an empty cache. */
export class PageVisitors {
  private readonly visits: Visit[] = [];
  private isOpen = true;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly browser: Browser,
    private readonly url: string,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** Waits for the last visitor; all visits. */
  async stop(): Promise<readonly Visit[]> {
    this.isOpen = false;
    await this.running;
    return this.visits;
  }

  private async run(): Promise<void> {
    while (this.isOpen) this.visits.push(await this.visit());
  }

  private async visit(): Promise<Visit> {
    const context = await this.browser.newContext();
    try {
      const page = await context.newPage();
      const problems = watchPage(page);
      await page.goto(this.url);
      const release = await page.locator("#release").innerText();
      await page.locator("#open").click();
      const view = page.locator("#services[data-state=answered]");
      await view.waitFor({ timeout: 10_000 }).catch((error: Error) => {
        problems.push(error.message);
      });
      const shown = (await view.count()) === 0 ? "" : await view.getAttribute("data-release");
      return { page: release, view: shown ?? "", problems };
    } finally {
      await context.close();
    }
  }
}
