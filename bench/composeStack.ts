import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { HostDirectory } from "../host/hostDirectory";
import { localHost } from "../host/localHost";
import { edgeAddress, replicaAddress } from "../release/addresses";
import { EDGE_MOUNT, EDGE_PORTS, EDGE_USER_ID } from "../release/edgeLayout";
import { askServices } from "../operations/shared/askServices";
import { imageReference } from "../release/operationInput";
import type { ReleaseRecord, ServiceRelease } from "../release/release";
import { builtImages } from "../tests/support/testStack";
import { stateRoot } from "../toolchain/setup/paths";
import type { Digests } from "./serviceStack";
import { timedRun, type TimedRun } from "./timedRun";

const SUBNET = "10.229.0.0/16";
const PORT = 18175;
const PROJECT = "maestro-bench-compose";

/** The services asked inside their containers, since Compose waits for Docker's own health checks. */
const probe = (port: number, path: string) =>
  `import urllib.request; urllib.request.urlopen("http://127.0.0.1:${port}${path}", timeout=2)`;

/**
 * The same images with the same limits behind the same edge, released by `docker compose up -d --wait`. Addresses are
 * fixed here too: the edge need not look for a container that was made anew, which is the best case for Compose.
 */
export class ComposeStack {
  readonly url = `http://127.0.0.1:${PORT}`;
  private readonly directory = path.join(stateRoot(), "bench", "compose");
  private readonly file = path.join(this.directory, "compose.yaml");
  private next = 0;

  private readonly edgeConfig: string;

  /**
   * @param compose Docker Compose's executable.
   * @param record what the stack's blue set holds: the services' settings and addresses.
   * @param edgeConfig what the stack's own edge runs with, in a /16 of its own.
   */
  constructor(
    private readonly compose: string,
    private readonly record: ReleaseRecord,
    private readonly releases: readonly Digests[],
    edgeConfig: { readonly text: string; readonly subnet: string },
  ) {
    this.edgeConfig = edgeConfig.text.replaceAll(
      networkPart(edgeConfig.subnet),
      networkPart(SUBNET),
    );
  }

  /** Brings the first release up. */
  async create(): Promise<void> {
    await this.remove();
    const host = new HostDirectory(localHost, path.join(this.directory, "host"));
    await localHost.files.write(host.config, this.edgeConfig);
    await host.moveTraffic("blue");
    await this.deploy();
    const wrongs = await askServices(localHost, this.url, "blue", this.record);
    if (wrongs.length > 0) throw new Error(`Compose's edge does not work:\n${wrongs.join("\n")}`);
  }

  /** The next release, in the same way each time. */
  async deploy(): Promise<TimedRun> {
    const release = this.releases[this.next % this.releases.length]!;
    this.next += 1;
    this.write(release);
    return this.run("up", "--detach", "--wait");
  }

  async remove(): Promise<void> {
    mkdirSync(this.directory, { recursive: true });
    // The project's name is enough for what an interrupted run has left.
    writeFileSync(this.file, stringify({ services: { none: { image: "none" } } }));
    await this.run("down", "--volumes", "--remove-orphans", "--timeout", "1");
    rmSync(this.directory, { recursive: true, force: true });
  }

  private run(...args: string[]): Promise<TimedRun> {
    const all = ["--project-name", PROJECT, "--file", this.file, ...args];
    return timedRun(this.compose, all, { cwd: this.directory, env: process.env });
  }

  private write(release: Digests): void {
    const services = Object.entries(this.record.services).map(([name, settings]) => {
      const digest = release[name]!;
      return [name, this.service(name, { ...settings, digest })] as const;
    });
    const ipam = { config: [{ subnet: SUBNET }] };
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
    const address = replicaAddress(SUBNET, "blue", this.record.slots[name]!, 0);
    return {
      ...hardened(user, resources.memoryMegabytes),
      image: imageReference(settings),
      cpus: resources.cpus,
      environment: { MAESTRO_SERVICE: name, MAESTRO_SET: "blue", MAESTRO_DIGEST: settings.digest },
      depends_on: settings.dependsOn,
      networks: { default: { ipv4_address: address } },
      stop_grace_period: `${settings.stopGraceSeconds}s`,
      healthcheck: {
        test: ["CMD", "python3", "-c", probe(port, health.readyPath)],
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
      networks: { default: { ipv4_address: edgeAddress(SUBNET) } },
      ports: [`127.0.0.1:${PORT}:${EDGE_PORTS.public}`],
      volumes: [`${path.join(this.directory, "host", "edge")}:${EDGE_MOUNT}:ro`],
    };
  }
}

/** `10.229.0.0/16` -> `10.229.`. */
function networkPart(subnet: string): string {
  return `${subnet.split(".").slice(0, 2).join(".")}.`;
}

/** The limits of components/hardenedContainer.ts in Compose's words. */
function hardened(user: string, megabytes: number) {
  return {
    user,
    read_only: true,
    tmpfs: ["/tmp:rw,noexec,nosuid,nodev,size=64m,mode=1777"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: `${megabytes}m`,
    memswap_limit: `${megabytes}m`,
    restart: "unless-stopped",
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } },
  };
}
