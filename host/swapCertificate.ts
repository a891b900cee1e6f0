import * as path from "node:path";
import { CERTIFICATE_PATH, ISSUED } from "../rules/edge/issuedCertificate";
import { EDGE_MOUNT, edgeContainerName } from "../rules/edge/edgeLayout";
import { answersSteadily } from "./edgeAnswers";
import type { EdgeCertificates } from "./edgeCertificates";
import { containerState, execIn } from "./engine";
import type { Host } from "./host";
import { HostDirectory } from "./hostDirectory";

/** How long the edge may take to answer with the new certificate after a reload. */
const RELOAD_DEADLINE_MILLISECONDS = 10_000;
/** Beside the live configuration, which a test must not touch. */
const TESTED = "candidate-certificate.conf";

/** The edge whose certificate is replaced. */
export interface SwappedEdge {
  readonly prefix: string;
  /** Directory of the stack's records on the host. */
  readonly directory: string;
  /** Where it answers by plain HTTP. */
  readonly urls: readonly string[];
}

/**
 * Has the edge serve another pair: nginx tests it first, one rename makes it the edge's, a reload loads it, and the edge
 * must say so. In all other cases it serves the one before.
 *
 * @returns false: the edge does not run, and will start with it.
 */
export async function swapCertificate(
  host: Host,
  edge: SwappedEdge,
  certificates: EdgeCertificates,
  fingerprint: string,
): Promise<boolean> {
  const engine = await host.engine();
  const name = edgeContainerName(edge.prefix);
  const isRunning = (await containerState(engine, name)) === "running";
  if (isRunning) await testPair(host, edge, certificates, fingerprint);
  const before = await certificates.readCurrent();
  await certificates.writeCurrent(fingerprint);
  if (isRunning) {
    const reload = () => engine.getContainer(name).kill({ signal: "SIGHUP" });
    await reload();
    const limit = RELOAD_DEADLINE_MILLISECONDS;
    if (!(await answersSteadily(host, edge.urls, CERTIFICATE_PATH, fingerprint, limit))) {
      await certificates.writeCurrent(before);
      await reload();
      throw new Error(
        `the edge did not take the new certificate within ${limit / 1000} s, so the old one is back; see \`docker logs ${name}\``,
      );
    }
  }
  await certificates.settle(fingerprint);
  return isRunning;
}

async function testPair(
  host: Host,
  { prefix, directory }: SwappedEdge,
  certificates: EdgeCertificates,
  fingerprint: string,
): Promise<void> {
  const live = new HostDirectory(host, directory).edge;
  const config = await live.readConfig();
  if (!config?.includes(`${EDGE_MOUNT}/${ISSUED.current};`)) {
    throw new Error(
      "the edge's configuration is not one for a certificate that is issued; run `pulumi up` first",
    );
  }
  const tested = path.posix.join(path.posix.dirname(live.config), TESTED);
  try {
    await certificates.writeCandidate(fingerprint);
    await host.files.write(tested, config.replace(ISSUED.current, ISSUED.candidate));
    const engine = await host.engine();
    const seen = `${EDGE_MOUNT}/conf/${TESTED}`;
    const test = ["nginx", "-t", "-q", "-c", seen];
    const { exitCode, output } = await execIn(engine, edgeContainerName(prefix), test);
    if (exitCode !== 0) {
      throw new Error(`nginx refuses the new certificate, so the old one stays:\n${output}`);
    }
  } finally {
    await host.files.remove(tested);
    await certificates.removeCandidate();
  }
}
