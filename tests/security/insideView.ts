import type Docker from "dockerode";
import { execIn } from "../../host/engine";

/** What a process in a container finds of its own powers. */
export interface InsideView {
  readonly uid: number;
  readonly groups: readonly number[];
  readonly effectiveCapabilities: bigint;
  readonly boundingCapabilities: bigint;
  readonly noNewPrivileges: boolean;
  readonly seccompFiltered: boolean;
  /** Of the directories tried, those in which a file could be made. */
  readonly writable: readonly string[];
  readonly engineSocket: boolean;
  /** Whether a program that was put into /tmp can be started. */
  readonly runsFromScratch: boolean;
  /** Null: none. */
  readonly pidsLimit: number | null;
  /** Bytes; null: none. */
  readonly memoryLimit: number | null;
  /** Mode, owner and path of the secrets' directory and what is in it. */
  readonly secrets: readonly string[];
}

const SECCOMP_FILTER = "2";
const TRIED = ["/", "/etc", "/usr/bin", "/var", "/home", "/run", "/tmp", "/dev/shm"];

/** Looks around in a container as its own user. */
export async function lookInside(engine: Docker, container: string): Promise<InsideView> {
  const ask = async (script: string) =>
    (await execIn(engine, container, ["sh", "-c", script])).output;
  const status = await ask("cat /proc/self/status");
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  const limit = async (v2: string, v1: string) => {
    const text = await ask(`cat /sys/fs/cgroup/${v2} 2>/dev/null || cat /sys/fs/cgroup/${v1}`);
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  const tries = TRIED.map((directory) => {
    const file = `${directory}/.written-by-test`;
    return `( : > ${file} ) 2>/dev/null && rm ${file} && echo ${directory}`;
  });
  return {
    uid: Number(field("Uid").split("\t")[0]),
    groups: [...new Set([field("Gid").split("\t")[0], ...field("Groups").split(" ")])]
      .filter(Boolean)
      .map(Number),
    effectiveCapabilities: BigInt(`0x${field("CapEff")}`),
    boundingCapabilities: BigInt(`0x${field("CapBnd")}`),
    noNewPrivileges: field("NoNewPrivs") === "1",
    seccompFiltered: field("Seccomp") === SECCOMP_FILTER,
    writable: linesOf(await ask(`${tries.join("; ")}; true`)),
    engineSocket: (await ask("ls /var/run/docker.sock /run/docker.sock 2>/dev/null")) !== "",
    runsFromScratch: (await ask("cp /bin/true /tmp/t && /tmp/t && echo ran")).endsWith("ran"),
    pidsLimit: await limit("pids.max", "pids/pids.max"),
    memoryLimit: await limit("memory.max", "memory/memory.limit_in_bytes"),
    secrets: linesOf(
      await ask("find /run/secrets -exec stat -c '%a %u:%g %n' {} + 2>/dev/null | sort -r"),
    ),
  };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter(Boolean);
}
