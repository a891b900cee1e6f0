import { randomBytes } from "node:crypto";
import * as path from "node:path";
import type Docker from "dockerode";
import { withHost } from "../host/connectHost";
import { containerState, execIn, WITH_VOLUMES } from "../host/engine";
import { answersSteadily, askEdge, GENERATION_PATH } from "../host/edgeAnswers";
import { EdgeCertificates } from "../host/edgeCertificates";
import { type Host } from "../host/host";
import { ensureImages } from "../host/images";
import { HostDirectory } from "../host/hostDirectory";
import { stackLabels } from "../rules/host/containerLabels";
import { EDGE_MOUNT, EDGE_USER_ID, edgeContainerName } from "../rules/edge/edgeLayout";
import { generationOf, withoutRefusedDirective } from "../rules/edge/nginxConfig";
import type { EdgeConfigInput } from "../rules/stepInput";
import { elapsed } from "../targets/timing";
import { readInput } from "./shared/input";

/** How long the edge may take to answer with the new configuration after a reload. */
const RELOAD_DEADLINE_MILLISECONDS = 10_000;

/**
 * Makes a configuration the edge's own: nginx tests it first, then it takes the live file's place, then a running edge
 * reloads and must answer with the new generation. nginx's own word is not enough: a reload with a broken file
 * "succeeds" and goes on with the old one.
 */
export async function main(): Promise<void> {
  const input = readInput<EdgeConfigInput>("applyEdgeConfig");
  await withHost(input.host, (host) =>
    apply(host, new HostDirectory(host, input.directory), input),
  );
}

async function apply(host: Host, directory: HostDirectory, input: EdgeConfigInput): Promise<void> {
  const engine = await host.engine();
  const name = edgeContainerName(input.prefix);
  const running = await runningImage(engine, name);
  const takeBackCertificate = await placeCertificate(host, directory, input);
  if (input.acme) await new EdgeCertificates(host.files, input.directory).prepare();
  try {
    const config = await testConfig(host, directory, input, [
      ...(running === null ? [] : [(command: Command) => execIn(engine, name, command)]),
      // An edge that is about to run another image must be able to start with this file too.
      ...(running === input.image
        ? []
        : [(command: Command) => testInOwnContainer(engine, input, directory, command)]),
    ]);
    const before = await directory.edge.readConfig();
    const known = (await directory.records.readEdge())?.urls ?? [];
    const urls = [...new Set([input.edgeUrl, ...known])].slice(0, 2);
    // The record comes first: a kill in between makes the next update do it all again, not believe it done.
    const { prefix, subnet, publicHost, number } = input;
    await directory.records.writeEdge({ prefix, subnet, urls, publicHost, number });
    await host.files.write(directory.edge.config, config);
    if (running === null) return;
    // A state that was lost applies what is live already: a reload for nothing can lose requests.
    const wanted = generationOf(config);
    const isLive = async () => (await askEdge(host, urls, GENERATION_PATH)).includes(wanted);
    if (!input.tls && before === config && (await isLive())) return;
    await reload(host, name, urls, directory, before);
  } catch (error) {
    await takeBackCertificate();
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
async function placeCertificate(
  { files }: Host,
  { edge }: HostDirectory,
  { tls }: EdgeConfigInput,
): Promise<() => Promise<void>> {
  if (!tls) return () => Promise.resolve();
  const given = async (key: "certificateFile" | "keyFile") => {
    const content = await files.read(tls[key]);
    if (content !== null) return content;
    throw new Error(
      `maestro:edge.tls.${key}: no such file, got "${tls[key]}"; create it or name another one`,
    );
  };
  const certificate = path.posix.join(edge.directory, "tls", "certificate.pem");
  const key = path.posix.join(edge.directory, "tls", "key.pem");
  const place = async (pair: readonly [Buffer, Buffer]) => {
    await files.write(certificate, pair[0]);
    await files.write(key, pair[1], { mode: 0o400, owner: EDGE_USER_ID });
  };
  const before = [await files.read(certificate), await files.read(key)] as const;
  await place([await given("certificateFile"), await given("keyFile")]);
  return async () => {
    if (before[0] && before[1]) await place([before[0], before[1]]);
  };
}

/**
 * Writes the configuration beside the live file, without what an older nginx does not know, until every nginx that will
 * read it has found it good.
 *
 * @returns the configuration that they all took
 */
async function testConfig(
  { files }: Host,
  directory: HostDirectory,
  input: EdgeConfigInput,
  nginxes: readonly ((command: Command) => Promise<{ exitCode: number; output: string }>)[],
): Promise<string> {
  const candidate = path.posix.join(path.posix.dirname(directory.edge.config), "candidate.conf");
  const seen = `${EDGE_MOUNT}/conf/candidate.conf`;
  let { config } = input;
  await files.write(candidate, config);
  for (const run of nginxes) {
    for (;;) {
      const { exitCode, output } = await run(["nginx", "-t", "-q", "-c", seen]);
      if (exitCode === 0) break;
      const reduced = withoutRefusedDirective(config, output);
      if (reduced === null) {
        await files.remove(candidate);
        throw new Error(
          `nginx refuses the edge's new configuration, so the old one stays:\n${output.replaceAll(seen, directory.edge.config)}`,
        );
      }
      console.log(`the edge's nginx does not know ${reduced.directive}: ${reduced.costs}`);
      config = reduced.config;
      await files.write(candidate, config);
    }
  }
  await files.remove(candidate);
  return config;
}

/** No edge runs yet, or one of another image: nginx looks at the file in a container that lives just for that. */
async function testInOwnContainer(
  engine: Docker,
  input: EdgeConfigInput,
  directory: HostDirectory,
  command: Command,
): Promise<{ exitCode: number; output: string }> {
  await ensureImages(engine, [input.image]);
  const container = await engine.createContainer({
    name: `${input.prefix}-edge-test-${randomBytes(4).toString("hex")}`,
    Image: input.image,
    Healthcheck: { Test: ["NONE"] },
    Cmd: [...command],
    Labels: stackLabels(input.prefix),
    User: `${EDGE_USER_ID}:${EDGE_USER_ID}`,
    Tty: true,
    HostConfig: {
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "mode=1777" },
      Binds: [`${directory.edge.directory}:${EDGE_MOUNT}:ro`],
    },
  });
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const output = (await container.logs({ stdout: true, stderr: true })).toString("utf8");
    return { exitCode: StatusCode, output };
  } finally {
    await container.remove(WITH_VOLUMES);
  }
}

async function reload(
  host: Host,
  name: string,
  urls: readonly string[],
  directory: HostDirectory,
  before: string | null,
): Promise<void> {
  const start = performance.now();
  const wanted = generationOf((await directory.edge.readConfig()) ?? "");
  const engine = await host.engine();
  const signal = async () => {
    await engine.getContainer(name).kill({ signal: "SIGHUP" });
  };
  await signal();
  if (await answersSteadily(host, urls, GENERATION_PATH, wanted, RELOAD_DEADLINE_MILLISECONDS)) {
    console.log(`the edge reloaded its configuration ${wanted} in ${elapsed(start)}`);
    return;
  }
  if (before !== null) {
    await host.files.write(directory.edge.config, before);
    await signal();
  }
  throw new Error(
    `the edge did not take configuration ${wanted} within ${RELOAD_DEADLINE_MILLISECONDS / 1000} s, so the old one ` +
      `is back; see \`docker logs ${name}\``,
  );
}
