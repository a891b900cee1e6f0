import * as path from "node:path";
import { Command } from "commander";
import { instanceRoot, packageRoot, stackPrefix } from "../config/project";
import type { Settings } from "../config/settings";
import { withHost } from "../host/connectHost";
import { gatewayAddress } from "../release/addresses";
import { renderHostUnit } from "../rules/observability/hostUnit";
import { TOKEN_FILE, type ListenPoint } from "../rules/observability/layout";
import { DEFAULT_STACK, readStackSettings } from "./shared/stackFile";
import { examplesOf } from "./shared/examples";

interface ServeOptions {
  readonly stack: string;
  readonly listen?: string;
  readonly tokenFile?: string;
  readonly onHost?: boolean;
}

/** Where metrics are to be had when nobody says otherwise. */
const DEFAULT_PORT = 9464;

/** `metrics`: tells Prometheus what maestro knows of a stack. */
export async function main(argv: string[]): Promise<number> {
  const program = new Command("metrics")
    .description(
      "Tells Prometheus what users get of each release, and how its containers and host are.",
    )
    .addHelpText("after", examplesOf("metrics serve"));
  program
    .command("serve")
    .addHelpText("after", examplesOf("metrics serve"))
    .description("Serves a stack's metrics until Ctrl+C.")
    .option("--stack <name>", "stack to tell of", DEFAULT_STACK)
    .option(
      "--listen <address:port>",
      "where to be asked (default: with maestro:observability the gateway of the stack's network, else 127.0.0.1:9464)",
    )
    .option(
      "--token-file <file>",
      "asked for as a bearer token (default: with maestro:observability the stack's own)",
    )
    .option("--on-host", "this machine is the stack's host, whatever maestro:host says")
    .action(serve);
  program
    .command("unit")
    .addHelpText("after", examplesOf("metrics unit"))
    .description("Prints a unit of systemd that serves them on the stack's host.")
    .option("--stack <name>", "stack to tell of", DEFAULT_STACK)
    .action(({ stack }: { stack: string }) => {
      process.stdout.write(unitOf(stack));
    });
  await program.parseAsync(argv, { from: "user" });
  return 0;
}

function unitOf(stack: string): string {
  return renderHostUnit({
    stack,
    program: [process.execPath, path.join(packageRoot(), "bin/maestro.js")],
    root: instanceRoot(),
    tokenFile: path.posix.join(readStackSettings(stack).directory, TOKEN_FILE),
  });
}

async function serve(options: ServeOptions): Promise<void> {
  const settings = readStackSettings(options.stack);
  const listen = listenPoint(options, settings);
  const tokenFile = tokenFileOf(options, settings, listen);
  const address = options.onHost ? null : settings.host;
  await withHost(address, async (host) => {
    const { serveUntilEnd } = await import("./metrics/serveUntilEnd");
    const prefix = stackPrefix(options.stack);
    const watched = { stack: options.stack, prefix, settings, host, isHere: address === null };
    await serveUntilEnd(watched, listen, tokenFile, endOfProgram());
  });
}

function listenPoint({ listen }: ServeOptions, settings: Settings): ListenPoint {
  const { observability, subnet } = settings;
  if (listen === undefined) {
    return observability
      ? { address: gatewayAddress(subnet), port: observability.exporter.port }
      : { address: "127.0.0.1", port: DEFAULT_PORT };
  }
  const [, address, port] = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(listen) ?? [];
  if (address !== undefined && Number(port) <= 65_535) return { address, port: Number(port) };
  throw new Error(
    `--listen: must be <IPv4 address>:<port>, got ${JSON.stringify(listen)}; such as 127.0.0.1:9464`,
  );
}

/** Null: no token is asked for. */
function tokenFileOf(
  { tokenFile }: ServeOptions,
  { observability, directory }: Settings,
  { address }: ListenPoint,
): string | null {
  if (tokenFile !== undefined) return path.resolve(tokenFile);
  if (observability) return path.posix.join(directory, TOKEN_FILE);
  if (address.startsWith("127.")) return null;
  throw new Error(
    `--listen: is not loopback, got ${address}, so whoever asks needs a token; give --token-file too`,
  );
}

function endOfProgram(): AbortSignal {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end.abort());
  return end.signal;
}
