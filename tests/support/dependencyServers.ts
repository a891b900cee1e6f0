import execa, { type ExecaChildProcess } from "execa";
import { packageRoot } from "../../config/project";
import { ensureCommands } from "../../toolchain/setup/packages";
import { until } from "./prometheusServers";

/** A server of this machine's, until it is stopped. */
export interface DependencyServer {
  stop(): Promise<void>;
}

/** Debian's Redis, which keeps nothing and asks for a password. */
export async function startRedis(
  address: string,
  port: number,
  password: string,
): Promise<DependencyServer> {
  await ensureCommands({ "redis-server": "redis-server", "redis-cli": "redis-tools" });
  const settings = { bind: address, port: String(port), requirepass: password, save: "" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return start("redis-server", args, /Ready to accept connections/);
}

/** Gives a Redis that runs another password. */
export async function changePassword(
  address: string,
  port: number,
  [before, after]: readonly [string, string],
): Promise<void> {
  const at = ["-h", address, "-p", String(port), "--no-auth-warning", "-a", before];
  const { stdout } = await execa("redis-cli", [...at, "CONFIG", "SET", "requirepass", after]);
  if (stdout !== "OK") throw new Error(`redis-cli: ${stdout}`);
}

/** npm's oidc-provider, whose clients have one secret. @param issuer as it names itself, wherever it is. */
export function startProvider(
  address: string,
  port: number,
  { issuer, secret }: { readonly issuer: string; readonly secret: string },
): Promise<DependencyServer> {
  const args = ["tests/foreign/openid/server.mjs", address, String(port), issuer];
  return start("node", args, /listening/, { CLIENT_SECRET: secret });
}

/** Returns once it has said that it answers. */
async function start(
  command: string,
  args: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<DependencyServer> {
  const running: ExecaChildProcess = execa(command, args, {
    ...{ env, all: true, reject: false, cwd: packageRoot() },
  });
  let log = "";
  running.all?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await until(() => {
    if (running.exitCode !== null) throw new Error(`${command} has ended:\n${log}`);
    return ready.test(log);
  });
  return {
    async stop() {
      running.kill("SIGTERM");
      await running;
    },
  };
}
