import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { HostDirectory } from "../../host/hostDirectory";
import { localHost } from "../../host/localHost";
import { askServices } from "../../targets/dockerHost/askServices";
import { EDGE_MOUNT, EDGE_PORTS, EDGE_USER_ID } from "../../rules/edge/edgeLayout";
import { imageReference } from "../../rules/stepInput";
import type { ReleaseRecord, ServiceRelease } from "../../release/release";
import { builtImages } from "../../tests/support/testStack";
import { stateRoot } from "../../config/paths";
import type { Digests } from "../serviceStack";
import { namedEdgeConfig } from "./namedEdge";
import { ReleaseRing, type Peer } from "./peer";
import { readinessProbe } from "./readinessProbe";

const PORT = 18178;
const NETWORK = "maestro-bench-swarm";
const SUBNET = "10.243.0.0/16";
const EDGE = "maestro-bench-swarm-edge";
const LABEL = "maestro.bench=swarm";

/**
 * The same images with the same limits as services of Docker Swarm, updated `start-first`, all at once: a new task is
 * started and healthy before the old one ends. Nothing is waited for beyond that, which is its best case. nginx finds the
 * tasks in Docker's DNS (`dnsrr`): Swarm's own balancing needs IPVS, which not every kernel has.
 */
export class SwarmPeer implements Peer {
  readonly url = `http://127.0.0.1:${PORT}`;
  readonly label = LABEL;
  private readonly directory = path.join(stateRoot(), "bench", "swarm");
  private readonly ring: ReleaseRing<Digests>;

  private constructor(
    private readonly record: ReleaseRecord,
    releases: readonly Digests[],
  ) {
    this.ring = new ReleaseRing(releases);
  }

  /** Makes this machine a swarm of its own, on loopback; it must not be part of one. */
  static async create(
    record: ReleaseRecord,
    releases: readonly Digests[],
    edgeConfig: string,
  ): Promise<SwarmPeer> {
    const peer = new SwarmPeer(record, releases);
    // The network of the bench's own swarm is there alone where a run was killed.
    const own = await docker("network", "ls", "--quiet", "--filter", `name=^${NETWORK}$`);
    if (own !== "") await peer.remove();
    const state = await docker("info", "--format", "{{.Swarm.LocalNodeState}}");
    if (state !== "inactive") {
      throw new Error(`this machine's Docker is part of a swarm (${state}); bench elsewhere`);
    }
    await docker("swarm", "init", "--advertise-addr", "127.0.0.1");
    try {
      await docker(
        "network",
        "create",
        "--driver",
        "overlay",
        "--subnet",
        SUBNET,
        "--attachable",
        NETWORK,
      );
      for (const [name, settings] of Object.entries(record.services))
        await peer.start(name, settings);
      await peer.startEdge(namedEdgeConfig(edgeConfig, serviceName));
    } catch (error) {
      await peer.remove();
      throw error;
    }
    return peer;
  }

  deploy() {
    return this.update(this.ring.next());
  }

  /** By Swarm's own rollback, which knows the one state before. */
  rollBack() {
    this.ring.previous();
    return this.all((name) => ["service", "rollback", "--quiet", "--detach=false", name]);
  }

  readonly noOp = () => this.update(this.ring.current);

  async remove(): Promise<void> {
    await docker("rm", "--force", EDGE).catch(() => undefined);
    await docker("swarm", "leave", "--force");
    rmSync(this.directory, { recursive: true, force: true });
  }

  private update(release: Digests) {
    return this.all((name, service) => {
      const image = imageReference({
        ...this.record.services[service]!,
        digest: release[service]!,
      });
      return ["service", "update", "--quiet", "--detach=false", "--image", image, name];
    });
  }

  private async all(argsOf: (name: string, service: string) => string[]) {
    const began = performance.now();
    const services = Object.keys(this.record.services);
    await Promise.all(services.map((service) => docker(...argsOf(serviceName(service), service))));
    return { seconds: (performance.now() - began) / 1000 };
  }

  private async start(service: string, settings: ServiceRelease): Promise<void> {
    const { port, health, resources, user, stopGraceSeconds } = settings;
    const digest = this.ring.current[service]!;
    const memory = `${resources.memoryMegabytes}m`;
    await docker(
      ...["service", "create", "--quiet", "--detach=false", "--name", serviceName(service)],
      ...["--container-label", LABEL],
      ...[
        "--network",
        NETWORK,
        "--endpoint-mode",
        "dnsrr",
        "--user",
        user,
        "--read-only",
        "--cap-drop",
        "ALL",
      ],
      ...["--mount", "type=tmpfs,destination=/tmp,tmpfs-size=67108864"],
      ...["--limit-memory", memory, "--limit-cpu", resources.cpus],
      ...["--env", `MAESTRO_SERVICE=${service}`, "--env", "MAESTRO_SET=blue"],
      ...["--stop-grace-period", `${stopGraceSeconds}s`],
      ...["--health-cmd", `python3 -c '${readinessProbe(port, health.readyPath)}'`],
      ...["--health-interval", "1s", "--health-timeout", "5s", "--health-retries", "30"],
      ...["--update-order", "start-first", "--update-monitor", "1ms"],
      ...["--rollback-order", "start-first", "--rollback-monitor", "1ms"],
      imageReference({ ...settings, digest }),
    );
  }

  private async startEdge(config: string): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    const host = new HostDirectory(localHost, path.join(this.directory, "host"));
    await localHost.files.write(host.edge.config, config);
    await host.edge.moveTraffic("blue");
    await docker(
      ...["run", "--detach", "--name", EDGE, "--label", LABEL, "--network", NETWORK],
      ...["--user", `${EDGE_USER_ID}:${EDGE_USER_ID}`, "--read-only", "--cap-drop", "ALL"],
      ...["--tmpfs", "/tmp:rw,noexec,nosuid,nodev,size=64m,mode=1777", "--memory", "256m"],
      ...["--publish", `127.0.0.1:${PORT}:${EDGE_PORTS.public}`],
      ...["--volume", `${host.edge.directory}:${EDGE_MOUNT}:ro`],
      builtImages().edge,
      ...["nginx", "-c", `${EDGE_MOUNT}/conf/nginx.conf`, "-g", "daemon off;"],
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const wrongs = await askServices(localHost, { url: this.url }, "blue", this.record);
    if (wrongs.length > 0) throw new Error(`Swarm's edge does not work:\n${wrongs.join("\n")}`);
  }
}

function serviceName(service: string): string {
  return `maestro-bench-${service}`;
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execa("docker", args);
  return stdout.trim();
}
