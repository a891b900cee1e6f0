import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { chromium } from "playwright-core";
import { ensureCommands, findCommands } from "../../toolchain/setup/packages";

/** Browsers that will do, the smallest first. */
const COMMANDS = ["chromium-headless-shell", "chromium", "google-chrome"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium without a window: the machine's own, else Debian's. Every connection it opens is the test's. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findBrowser(), args: ARGUMENTS });
}

/**
 * Starts Chromium where nothing is to be had except these ports of this machine, so that no container that starts
 * meanwhile ends a request of the browser: see `ownNetwork.mjs`.
 */
export async function launchBrowserAlone(ports: readonly number[]): Promise<Browser> {
  await ensureCommands({ ip: "iproute2" });
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-browser-"));
  const ways = await Promise.all(
    ports.map((port) => leadOut(path.join(directory, `${port}`), port)),
  );
  const browser = await chromium.launch({
    executablePath: path.join(__dirname, "ownNetwork.mjs"),
    args: ARGUMENTS,
    env: {
      ...process.env,
      BROWSER_COMMAND: await findBrowser(),
      BROWSER_SOCKETS: directory,
    },
  });
  browser.on("disconnected", () => {
    for (const way of ways) way.close();
    rmSync(directory, { recursive: true });
  });
  return browser;
}

async function findBrowser(): Promise<string> {
  const find = () => COMMANDS.flatMap((command) => findCommands(command))[0];
  if (find() === undefined) {
    await ensureCommands({ "chromium-headless-shell": "chromium-headless-shell" });
  }
  return find()!;
}

/** Joins each connection to a Unix socket with one to a port, each direction ended by its own end. */
async function leadOut(socket: string, port: number): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const service: Socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    client.pipe(service).pipe(client);
    client.on("error", () => service.destroy());
    service.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
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
