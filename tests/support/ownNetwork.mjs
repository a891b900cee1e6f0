#!/usr/bin/env -S unshare --map-root-user --net node
// A browser in a network namespace of its own, where no interface ever comes or goes: Chromium ends requests with
// `net::ERR_NETWORK_CHANGED` whenever one does, as Docker's do with each container that starts on its machine.
// Each port is one end of a Unix socket, BROWSER_SOCKETS/<port>, which leads out.
import { execFileSync, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import net from "node:net";
import path from "node:path";

const { BROWSER_COMMAND: command, BROWSER_SOCKETS: directory } = process.env;

execFileSync("ip", ["link", "set", "lo", "up"]);

for (const port of readdirSync(directory)) {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const out = net.connect({ path: path.join(directory, port), allowHalfOpen: true });
    client.pipe(out).pipe(client);
    client.on("error", () => out.destroy());
    out.on("error", () => client.resetAndDestroy());
  });
  server.listen(Number(port), "127.0.0.1");
}

// Descriptors 3 and 4 are how the test talks to the browser.
const browser = spawn(command, process.argv.slice(2), {
  stdio: ["inherit", "inherit", "inherit", 3, 4],
});
browser.on("exit", (code) => process.exit(code ?? 1));
