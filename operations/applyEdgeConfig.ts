import { chownSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as path from "node:path";
import type Docker from "dockerode";
import { ask } from "../host/ask";
import { connectEngine, containerState, execIn } from "../host/engine";
import { HostDirectory, writeAtomically } from "../host/hostDirectory";
import { EDGE_MOUNT, EDGE_USER_ID, edgeContainerName } from "../release/edgeLayout";
import { generationOf, withoutRefusedDirective } from "../release/nginxConfig";
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
  const running = await runningImage(engine, name);
  const takeBackCertificate = placeCertificate(host, input);
  try {
    const candidate = await writeCandidate(host, input, [
      ...(running === null ? [] : [(command: Command) => execIn(engine, name, command)]),
      // An edge that is about to run another image must be able to start with this file too.
      ...(running === input.image
        ? []
        : [(command: Command) => testInOwnContainer(engine, input, host, command)]),
    ]);
    const before = host.readConfig();
    const urls = [...new Set([input.edgeUrl, ...(host.readEdge()?.urls ?? [])])].slice(0, 2);
    // The record comes first: a kill in between makes the next update do it all again, not believe it done.
    host.writeEdge({ subnet: input.subnet, urls, number: input.number });
    renameSync(candidate, host.config);
    if (running !== null) await reload(engine, name, urls, host, before);
  } catch (error) {
    takeBackCertificate();
    throw error;
  }
}

type Command = readonly string[];

/** Image that the edge runs; null: it does not run. */
async function runningImage(engine: Docker, name: string): Promise<string | null> {
  if ((await containerState(engine, name)) !== "running") return null;
  return (await engine.getContainer(name).inspect()).Config.Image;
}

/** Puts the certificate where the edge reads it; the function returned puts the one before back. */
function placeCertificate(host: HostDirectory, { tls }: EdgeConfigInput): () => void {
  if (!tls) return () => undefined;
  for (const key of ["certificateFile", "keyFile"] as const) {
    if (existsSync(tls[key])) continue;
    throw new Error(
      `maestro:edge.tls.${key}: no such file, got "${tls[key]}"; create it or name another one`,
    );
  }
  const directory = path.join(host.edge, "tls");
  const certificate = path.join(directory, "certificate.pem");
  const key = path.join(directory, "key.pem");
  const place = (pair: readonly [Buffer, Buffer]) => {
    writeAtomically(certificate, pair[0]);
    writeAtomically(key, pair[1], 0o400);
    chownSync(key, EDGE_USER_ID, EDGE_USER_ID);
  };
  const before = existsSync(key) && ([readFileSync(certificate), readFileSync(key)] as const);
  place([readFileSync(tls.certificateFile), readFileSync(tls.keyFile)]);
  return () => {
    if (before) place(before);
  };
}

/**
 * Writes the configuration beside the live file, without what an older nginx does not know, once every nginx that will
 * read it has tested it.
 *
 * @returns the candidate's file
 */
async function writeCandidate(
  host: HostDirectory,
  { config }: EdgeConfigInput,
  nginxes: readonly ((command: Command) => Promise<{ exitCode: number; output: string }>)[],
): Promise<string> {
  const candidate = path.join(path.dirname(host.config), "candidate.conf");
  const seen = `${EDGE_MOUNT}/conf/candidate.conf`;
  writeAtomically(candidate, config);
  for (const run of nginxes) {
    for (;;) {
      const { exitCode, output } = await run(["nginx", "-t", "-q", "-c", seen]);
      if (exitCode === 0) break;
      const reduced = withoutRefusedDirective(readFileSync(candidate, "utf8"), output);
      if (reduced === null) {
        rmSync(candidate);
        throw new Error(
          `nginx refuses the edge's new configuration, so the old one stays:\n${output.replaceAll(seen, host.config)}`,
        );
      }
      console.log(
        `the edge's nginx does not know ${reduced.directive}: changes of its configuration can lose requests that ` +
          `are under way at that moment; nginx 1.27.4 and newer know it`,
      );
      writeAtomically(candidate, reduced.config);
    }
  }
  return candidate;
}

/** No edge runs yet, or one of another image: nginx looks at the file in a container that lives just for that. */
async function testInOwnContainer(
  engine: Docker,
  input: EdgeConfigInput,
  host: HostDirectory,
  command: Command,
): Promise<{ exitCode: number; output: string }> {
  await requireImage(engine, input.image);
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

/** The edge's image is pulled with its container, which comes later than this test. */
async function requireImage(engine: Docker, reference: string): Promise<void> {
  try {
    await engine.getImage(reference).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    const progress = await engine.pull(reference);
    await new Promise<void>((done, fail) => {
      engine.modem.followProgress(progress, (failure) => (failure ? fail(failure) : done()));
    });
  }
}

async function reload(
  engine: Docker,
  name: string,
  urls: readonly string[],
  host: HostDirectory,
  before: string | null,
): Promise<void> {
  const start = performance.now();
  const wanted = generationOf(host.readConfig() ?? "");
  const signal = async () => {
    await engine.getContainer(name).kill({ signal: "SIGHUP" });
  };
  await signal();
  if (await answersGeneration(urls, wanted)) {
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
async function answersGeneration(urls: readonly string[], wanted: string): Promise<boolean> {
  const deadline = performance.now() + RELOAD_DEADLINE_MILLISECONDS;
  let inRow = 0;
  while (performance.now() < deadline) {
    const answers = await Promise.all(
      urls.map((url) => ask(`${url}/edge/generation`).catch(() => null)),
    );
    inRow = answers.some((answer) => answer?.body.trim() === wanted) ? inRow + 1 : 0;
    if (inRow === 5) return true;
    await sleep(20);
  }
  return false;
}
