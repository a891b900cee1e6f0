import { chownSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as path from "node:path";
import type Docker from "dockerode";
import { ask, failureOf } from "../host/ask";
import { connectEngine, containerState, execIn } from "../host/engine";
import { HostDirectory, writeAtomically } from "../host/hostDirectory";
import { EDGE_MOUNT, EDGE_USER_ID, edgeContainerName } from "../release/edgeLayout";
import { generationOf } from "../release/nginxConfig";
import type { EdgeConfigInput } from "../release/operationInput";
import { elapsed, readInput, sleep } from "./shared/input";

/** How long the edge may take to answer with the new configuration after a reload. */
const RELOAD_DEADLINE_MILLISECONDS = 10_000;

/**
 * Makes a configuration the edge's own: nginx tests it first, then it takes the live file's place, then a running edge
 * reloads and must answer with the new generation. nginx's own word is not enough: a reload with a broken file
 * "succeeds" and goes on with the old one.
 */
export async function main(): Promise<void> {
  const input = readInput<EdgeConfigInput>();
  const host = new HostDirectory(input.directory);
  const engine = connectEngine();
  const name = edgeContainerName(input.prefix);
  const running = (await containerState(engine, name)) === "running";
  copyCertificate(host, input);
  const candidate = path.join(path.dirname(host.config), "candidate.conf");
  writeAtomically(candidate, input.config);
  const seen = `${EDGE_MOUNT}/conf/candidate.conf`;
  const test = ["nginx", "-t", "-q", "-c", seen];
  const { exitCode, output } = running
    ? await execIn(engine, name, test)
    : await testInOwnContainer(engine, input, host, test);
  if (exitCode !== 0) {
    rmSync(candidate);
    throw new Error(
      `nginx refuses the edge's new configuration, so the old one stays:\n${output.replaceAll(seen, host.config)}`,
    );
  }
  const before = readIfThere(host.config);
  renameSync(candidate, host.config);
  if (running) await reload(engine, name, input, host, before);
}

function copyCertificate(host: HostDirectory, { tls }: EdgeConfigInput): void {
  if (!tls) return;
  const directory = path.join(host.edge, "tls");
  writeAtomically(path.join(directory, "certificate.pem"), readFileSync(tls.certificateFile));
  const key = path.join(directory, "key.pem");
  writeAtomically(key, readFileSync(tls.keyFile), 0o400);
  chownSync(key, EDGE_USER_ID, EDGE_USER_ID);
}

/** No edge runs yet: nginx looks at the file in a container that lives just for that. */
async function testInOwnContainer(
  engine: Docker,
  input: EdgeConfigInput,
  host: HostDirectory,
  command: readonly string[],
): Promise<{ exitCode: number; output: string }> {
  const container = await engine.createContainer({
    Image: input.image,
    Cmd: [...command],
    User: `${EDGE_USER_ID}:${EDGE_USER_ID}`,
    Tty: true,
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "mode=1777" },
      Binds: [`${host.edge}:${EDGE_MOUNT}:ro`],
    },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const output = (await container.logs({ stdout: true, stderr: true })).toString("utf8");
    return { exitCode: StatusCode, output };
  } finally {
    await container.remove({ force: true });
  }
}

async function reload(
  engine: Docker,
  name: string,
  input: EdgeConfigInput,
  host: HostDirectory,
  before: string | null,
): Promise<void> {
  const start = performance.now();
  const wanted = generationOf(input.config);
  const signal = async () => {
    await engine.getContainer(name).kill({ signal: "SIGHUP" });
  };
  await signal();
  if (await answersGeneration(input.edgeUrl, wanted)) {
    console.log(`the edge reloaded its configuration ${wanted} in ${elapsed(start)}`);
    return;
  }
  if (before !== null) {
    writeAtomically(host.config, before);
    await signal();
  }
  throw new Error(
    `the edge did not take configuration ${wanted} within ${RELOAD_DEADLINE_MILLISECONDS / 1000} s, so the old one ` +
      `is back; see \`docker logs ${name}\``,
  );
}

/** Whether new connections reach workers of the wanted generation; five in a row, since old workers end one by one. */
async function answersGeneration(edgeUrl: string, wanted: string): Promise<boolean> {
  const deadline = performance.now() + RELOAD_DEADLINE_MILLISECONDS;
  let inRow = 0;
  while (performance.now() < deadline) {
    const answer = await ask(`${edgeUrl}/edge/generation`).catch((error: unknown) => ({
      body: failureOf(error),
    }));
    inRow = answer.body.trim() === wanted ? inRow + 1 : 0;
    if (inRow === 5) return true;
    await sleep(20);
  }
  return false;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
