import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import execa from "execa";
import { docker, tryDocker } from "./dockerClient";
import { ensureCommands, findCommands, lastLines } from "./packages";
import { stateRoot } from "../../config/paths";

export { type BuildClient, docker, dockerCli, tryDocker } from "./dockerClient";

const ANSWER_TIMEOUT_SECONDS = 5;
const START_DEADLINE_SECONDS = 60;
const STOP_DEADLINE_SECONDS = 30;
const LOG_LINES = 15;

/** A dockerd that this clone started; the start time tells it from a later process with the same id. */
interface OurEngine {
  readonly pid: number;
  readonly startTime: string;
}

/** Makes sure that a Docker Engine answers, starting one if need be; returns which one in a few words. */
export async function ensureDocker(): Promise<string> {
  if (findCommands("docker").length > 0 && (await engineVersion())) return describeEngine();
  if (process.env.DOCKER_HOST) {
    throw new Error(
      `DOCKER_HOST: no Docker Engine answers there, got "${process.env.DOCKER_HOST}"; start it, or unset the variable to use one on this machine`,
    );
  }
  const installed = await ensureCommands({
    docker: "docker.io",
    dockerd: "docker.io",
    iptables: "iptables",
  });
  // A fresh package may have started its own service already.
  if (installed.length > 0 && (await engineVersion())) return describeEngine();
  if (await startBySystemd()) return describeEngine();
  await startByHand();
  return `${await describeEngine()}, started here`;
}

/** Stops the engine that {@link ensureDocker} started by hand, never another one; says whether there was one. */
export async function stopDockerIfOurs(): Promise<boolean> {
  const engine = readOurEngine();
  rmSync(files().state, { force: true });
  if (!engine || processStartTime(engine.pid) !== engine.startTime) return false;
  process.kill(engine.pid, "SIGTERM");
  const deadline = Date.now() + STOP_DEADLINE_SECONDS * 1000;
  while (processStartTime(engine.pid) === engine.startTime) {
    if (Date.now() > deadline) {
      throw new Error(
        `dockerd (process ${engine.pid}): still runs ${STOP_DEADLINE_SECONDS} s after SIGTERM; its log is ${files().log}`,
      );
    }
    await sleep(100);
  }
  return true;
}

async function engineVersion(): Promise<string | undefined> {
  const answer = await tryDocker(["version", "--format", "{{.Server.Version}}"], {
    timeoutSeconds: ANSWER_TIMEOUT_SECONDS,
  });
  return answer.ok ? answer.output.trim() : undefined;
}

async function describeEngine(): Promise<string> {
  const version = await docker(["version", "--format", "{{.Server.Version}}"]);
  const host = process.env.DOCKER_HOST ? ` at ${process.env.DOCKER_HOST}` : "";
  return `${version.trim()}${host}`;
}

async function startBySystemd(): Promise<boolean> {
  if (!existsSync("/run/systemd/system")) return false;
  await execa("systemctl", ["start", "docker"], { reject: false });
  return (await engineVersion()) !== undefined;
}

/** Starts dockerd detached, in a session of its own, so that it outlives this command. */
async function startByHand(): Promise<void> {
  const dockerd = findCommands("dockerd")[0];
  if (dockerd === undefined || process.getuid?.() !== 0) {
    throw new Error(
      "Docker Engine: none answers and this user may not start one; start Docker, or run as root",
    );
  }
  const { log, state } = files();
  mkdirSync(path.dirname(log), { recursive: true });
  rmSync(log, { force: true });
  const output = openSync(log, "a");
  const child = spawn(dockerd, [], { detached: true, stdio: ["ignore", output, output] });
  let exited = false;
  child.once("exit", () => (exited = true));
  child.once("error", () => (exited = true));
  if (child.pid !== undefined) {
    const engine: OurEngine = { pid: child.pid, startTime: processStartTime(child.pid) ?? "" };
    writeFileSync(state, JSON.stringify(engine));
  }
  const deadline = Date.now() + START_DEADLINE_SECONDS * 1000;
  while (!(await engineVersion())) {
    if (exited || Date.now() > deadline) {
      if (!exited) child.kill("SIGTERM");
      rmSync(state, { force: true });
      const reason = exited ? "ended at once" : `does not answer after ${START_DEADLINE_SECONDS} s`;
      throw new Error(
        `dockerd: ${reason}; the end of ${log}:\n${lastLines(readFileSync(log, "utf8"), LOG_LINES)}`,
      );
    }
    await sleep(200);
  }
  child.unref();
}

function files(): { log: string; state: string } {
  const directory = path.join(stateRoot(), "engine");
  return { log: path.join(directory, "dockerd.log"), state: path.join(directory, "dockerd.json") };
}

function readOurEngine(): OurEngine | undefined {
  const { state } = files();
  return existsSync(state) ? (JSON.parse(readFileSync(state, "utf8")) as OurEngine) : undefined;
}

/** When the kernel started the process (field 22 of its stat line); undefined: it does not run. */
function processStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
