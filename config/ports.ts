import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import net from "node:net";
import { plainText } from "../rules/plainText";

/** How many ports after a taken one are tried. */
const TRIES = 200;
const LAST_PORT = 65_535;
/** A listening socket in /proc/net/tcp. */
const LISTENS = "0A";

/** Whether something of this machine listens at a port, so that nobody else can. */
export function isPortTaken(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    // Any other error, as for a port that only root may have, says nothing about who has it.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "EADDRINUSE"));
    server.listen({ host: address, port, exclusive: true }, () => {
      server.close(() => resolve(false));
    });
  });
}

/**
 * The first port after a taken one that nothing on this machine listens at; null: none of the next 200.
 *
 * @param isAvoided ports that must not be proposed though nothing listens there
 */
export async function findFreePort(
  address: string,
  taken: number,
  isAvoided: (port: number) => boolean = () => false,
): Promise<number | null> {
  for (let port = taken + 1; port <= Math.min(taken + TRIES, LAST_PORT); port++) {
    if (!isAvoided(port) && !(await isPortTaken(address, port))) return port;
  }
  return null;
}

/** Which process listens at a port, as `nginx (process 123)`; null: this user may not see it. */
export function findListener(port: number): string | null {
  const sockets = new Set(listeningSockets(port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return null;
  for (const pid of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const hasIt = list(`/proc/${pid}/fd`).some((file) => {
      const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${file}`));
      return target !== null && sockets.has(target);
    });
    if (!hasIt) continue;
    const name = attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
    return `${plainText(name ?? "a program", 40)} (process ${pid})`;
  }
  return null;
}

/** Inodes of the sockets that listen at a port: the tenth field of their lines. */
function listeningSockets(port: number): string[] {
  const local = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, "0")}$`);
  return ["tcp", "tcp6"].flatMap((table) => {
    const lines = attempt(() => readFileSync(`/proc/net/${table}`, "utf8"))?.split("\n") ?? [];
    return lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, address = "", , state]) => local.test(address) && state === LISTENS)
      .flatMap((fields) => fields[9] ?? []);
  });
}

function list(directory: string): string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}

/** Null where this user may not look, or where the process has ended meanwhile. */
function attempt<T>(look: () => T): T | null {
  try {
    return look();
  } catch {
    return null;
  }
}
