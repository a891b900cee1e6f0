import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { HostDirectory } from "../host/hostDirectory";
import { localHost } from "../host/localHost";
import { dynamicRange, edgeAddress, replicaAddress } from "../release/addresses";
import { EDGE_MOUNT, EDGE_PORTS, EDGE_USER_ID } from "../rules/edge/edgeLayout";
import { askServices } from "../targets/dockerHost/askServices";
import { imageReference } from "../rules/stepInput";
import type { ReleaseRecord, ServiceRelease } from "../release/release";
import { builtImages } from "../tests/support/testStack";
import { stateRoot } from "../config/paths";
import { connectEngine } from "../host/engine";
import { namedEdgeConfig } from "./peers/namedEdge";
import { ReleaseRing, type Peer } from "./peers/peer";
import { readinessProbe } from "./peers/readinessProbe";
import type { Digests } from "./serviceStack";
import { timedRun, type TimedRun } from "./timedRun";

/** What tells two of these stacks apart. */
export interface ComposeOptions {
  readonly project: string;
  readonly port: number;
  readonly subnet: string;
  /**
   * `fixed`: each service has its address, so the edge need not look for a container that was made anew, the best case
   * for Compose. `named`: services are found by name, so that a service can have two containers for a while.
   */
  readonly addresses: "fixed" | "named";
}

export const COMPOSE: ComposeOptions = {
  project: "maestro-bench-compose",
  port: 18175,
  subnet: "10.229.0.0/16",
  addresses: "fixed",
};

export const ROLLOUT: ComposeOptions = {
  project: "maestro-bench-rollout",
  port: 18176,
  subnet: "10.244.0.0/16",
  addresses: "named",
};

/**
 * The same images with the same limits behind the same edge, released by `docker compose up -d --wait`. See
 * {@link ComposeOptions} for how the edge finds them.
 */
export class ComposeStack implements Peer {
  readonly url: string;
  readonly label: string;
  private readonly directory: string;
  private readonly file: string;
  private readonly ring: ReleaseRing<Digests>;
  private readonly edgeConfig: string;

  /**
   * @param compose Docker Compose's executable.
   * @param record what the stack's blue set holds: the services' settings and addresses.
   * @param edgeConfig what the stack's own edge runs with, in a /16 of its own.
   */
  constructor(
    private readonly compose: string,
    private readonly record: ReleaseRecord,
    releases: readonly Digests[],
    edgeConfig: { readonly text: string; readonly subnet: string },
    private readonly options: ComposeOptions = COMPOSE,
  ) {
    this.url = `http://127.0.0.1:${options.port}`;
    this.label = `com.docker.compose.project=${options.project}`;
    this.directory = path.join(stateRoot(), "bench", options.project);
    this.file = path.join(this.directory, "compose.yaml");
    this.ring = new ReleaseRing(releases);
    const text = edgeConfig.text.replaceAll(
      networkPart(edgeConfig.subnet),
      networkPart(options.subnet),
    );
    this.edgeConfig =
      options.addresses === "fixed" ? text : namedEdgeConfig(text, (service) => service);
  }

  get services(): readonly string[] {
    return Object.keys(this.record.services);
  }

  /** Brings the first release up. */
  async create(): Promise<void> {
    await this.remove();
    const host = new HostDirectory(localHost, path.join(this.directory, "host"));
    await localHost.files.write(host.edge.config, this.edgeConfig);
    await host.edge.moveTraffic("blue");
    await this.deploy();
    // nginx may have looked before the services were there.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const wrongs = await askServices(localHost, { url: this.url }, "blue", this.record);
    if (wrongs.length > 0) throw new Error(`Compose's edge does not work:\n${wrongs.join("\n")}`);
  }

  /** The next release, in the same way each time. */
  deploy(): Promise<TimedRun> {
    this.turn(1);
    return this.up();
  }

  /** The release before, in the same way. */
  rollBack(): Promise<TimedRun> {
    this.turn(-1);
    return this.up();
  }

  readonly noOp = () => this.up();

  /** Writes the next release, or the one before, without making it so. */
  turn(by: 1 | -1): void {
    this.write(by === 1 ? this.ring.next() : this.ring.previous());
  }

  /** Ids of a service's containers. */
  async containers(service: string): Promise<string[]> {
    const label = [this.label, `com.docker.compose.service=${service}`];
    const found = await connectEngine().listContainers({ all: true, filters: { label } });
    return found.map(({ Id }) => Id);
  }

  async remove(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    // The project's name is enough for what an interrupted run has left.
    writeFileSync(this.file, stringify({ services: { none: { image: "none" } } }));
    await this.run("down", "--volumes", "--remove-orphans", "--timeout", "1");
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** One command of Compose's for this project. */
  run(...args: string[]): Promise<TimedRun> {
    const all = ["--project-name", this.options.project, "--file", this.file, ...args];
    return timedRun(this.compose, all, { cwd: this.directory, env: process.env });
  }

  private up(): Promise<TimedRun> {
    return this.run("up", "--detach", "--wait");
  }

  private write(release: Digests): void {
    const services = Object.entries(this.record.services).map(([name, settings]) => {
      const digest = release[name]!;
      return [name, this.service(name, { ...settings, digest })] as const;
    });
    const { subnet } = this.options;
    const ipam = { config: [{ subnet, ip_range: dynamicRange(subnet) }] };
    writeFileSync(
      this.file,
      stringify({
        services: { ...Object.fromEntries(services), edge: this.edge() },
        networks: { default: { ipam } },
      }),
    );
  }

  private service(name: string, settings: ServiceRelease) {
    const { port, health, resources, user } = settings;
    const { subnet, addresses } = this.options;
    const address = replicaAddress(subnet, "blue", this.record.slots[name]!, 0);
    return {
      ...hardened(user, resources.memoryMegabytes),
      image: imageReference(settings),
      cpus: resources.cpus,
      environment: { MAESTRO_SERVICE: name, MAESTRO_SET: "blue", MAESTRO_DIGEST: settings.digest },
      depends_on: settings.dependsOn,
      networks: { default: addresses === "fixed" ? { ipv4_address: address } : {} },
      stop_grace_period: `${settings.stopGraceSeconds}s`,
      healthcheck: {
        test: ["CMD", "python3", "-c", readinessProbe(port, health.readyPath)],
        interval: "1s",
        timeout: "5s",
        retries: 30,
      },
    };
  }

  private edge() {
    return {
      ...hardened(`${EDGE_USER_ID}:${EDGE_USER_ID}`, 256),
      image: builtImages().edge,
      command: ["nginx", "-c", `${EDGE_MOUNT}/conf/nginx.conf`, "-g", "daemon off;"],
      networks: { default: { ipv4_address: edgeAddress(this.options.subnet) } },
      ports: [`127.0.0.1:${this.options.port}:${EDGE_PORTS.public}`],
      volumes: [`${path.join(this.directory, "host", "edge")}:${EDGE_MOUNT}:ro`],
    };
  }
}

/** `10.229.0.0/16` -> `10.229.`. */
function networkPart(subnet: string): string {
  return `${subnet.split(".").slice(0, 2).join(".")}.`;
}

/** The limits of components/dockerHost/hardenedContainer.ts in Compose's words. */
function hardened(user: string, megabytes: number) {
  return {
    user,
    read_only: true,
    tmpfs: ["/tmp:rw,noexec,nosuid,nodev,size=64m,mode=1777"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: `${megabytes}m`,
    memswap_limit: `${megabytes}m`,
    restart: "always",
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
  };
}
