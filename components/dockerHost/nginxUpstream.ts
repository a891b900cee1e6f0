import { Container } from "@pulumi/docker/container";
import { Network } from "@pulumi/docker/network";
import type { types } from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { EdgeSettings, ListenAddress } from "../../config/settings";
import { dynamicRange, edgeAddress, gatewayAddress } from "../../release/addresses";
import { LABELS } from "../../rules/host/containerLabels";
import {
  EDGE_MOUNT,
  EDGE_PORTS,
  EDGE_USER_ID,
  edgeContainerName,
} from "../../rules/edge/edgeLayout";
import type { HostAddress } from "../../rules/host/hostAddress";
import { listenUrl } from "../../rules/edge/listenUrl";
import { generationOf, renderNginxConfig } from "../../rules/edge/nginxConfig";
import { tooLittleMemory } from "../../rules/edge/nginxSharing";
import type { Color, ReleaseRecord } from "../../release/release";
import { hardenedContainer, LASTING_IGNORED } from "./hardenedContainer";
import { createOperation } from "../hostOperation";
import { stepCommand } from "../../config/stepCommand";

/** The edge's configuration as the host has it. */
export interface LiveConfig {
  /** Empty: there is none yet. */
  readonly generation: string;
  readonly number: number;
  /** Hash of the certificate's files; null: no TLS. */
  readonly certificate: string | null;
}

export interface NginxUpstreamArgs {
  readonly edge: EdgeSettings;
  readonly prefix: string;
  /** The Docker host; null: this machine. */
  readonly host: HostAddress | null;
  /** Directory of the stack's records on the Docker host. */
  readonly directory: string;
  readonly subnet: string;
  /** What each set holds, or will hold when this update is done: both are always declared. */
  readonly sets: Readonly<Record<Color, ReleaseRecord | null>>;
  readonly liveConfig: LiveConfig;
}

/**
 * The nginx edge: the one address users know, in front of both sets. Which set a request takes is a marker file's
 * existence, tested for each request, so no switch ever reloads it.
 *
 * Its container is replaced only when its image or its addresses are changed in the stack, since nobody answers in the
 * meantime: everything else of it ignores changes, and its configuration lives in a mounted directory.
 */
export class NginxUpstream extends pulumi.ComponentResource {
  /** Name of the private network that both sets join. */
  public readonly network: pulumi.Output<string>;
  /** Where users' requests arrive. */
  public readonly url: pulumi.Output<string>;
  /** Where the idle set can be tried. */
  public readonly previewUrl: pulumi.Output<string>;

  constructor(name: string, args: NginxUpstreamArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("maestro:components:NginxUpstream", name, {}, opts);
    const network = createNetwork(name, args, { parent: this });
    const config = createConfig(name, args, { parent: this, dependsOn: [network] });
    const container = createEdge(name, args, { parent: this, dependsOn: [network, config] });
    const { ports } = container;
    this.network = network.name;
    this.url = ports.apply((known) => publicUrl(args.edge, known ?? []));
    this.previewUrl = ports.apply((known) => previewUrl(args.edge, known ?? []));
    this.registerOutputs({ network: this.network, url: this.url, previewUrl: this.previewUrl });
  }
}

type Published = Pick<types.output.ContainerPort, "internal" | "external" | "ip">;

/** Where the container that runs listens: an update that leaves it out does not move it to what the settings say. */
function publicUrl({ listen, tls, publicHost }: EdgeSettings, ports: readonly Published[]): string {
  const at = (internal: number) => ports.find((port) => port.internal === internal)?.external;
  const secure = at(EDGE_PORTS.tls);
  const port = secure ?? at(EDGE_PORTS.public) ?? (tls?.listen ?? listen).port;
  return `${secure === undefined ? "http" : "https"}://${publicHost}:${port}`;
}

function previewUrl({ preview }: EdgeSettings, ports: readonly Published[]): string {
  const known = ports.find(({ internal }) => internal === EDGE_PORTS.preview);
  return listenUrl({
    address: known?.ip ?? preview.address,
    port: known?.external ?? preview.port,
  });
}

function createNetwork(name: string, args: NginxUpstreamArgs, opts: pulumi.CustomResourceOptions) {
  const { subnet } = args;
  return new Network(
    `${name}-network`,
    {
      name: args.prefix,
      driver: "bridge",
      ipamConfigs: [{ subnet, gateway: gatewayAddress(subnet), ipRange: dynamicRange(subnet) }],
      labels: [{ label: LABELS.stack, value: args.prefix }],
    },
    // Any change replaces a network, and all containers with it.
    { ...opts, ignoreChanges: ["*"] },
  );
}

/**
 * Written and tested before the edge starts; at a change the running edge reloads it (see the operation). In a stack that
 * is destroyed, this goes when all containers have gone and the network has not: the moment to look for leftovers.
 */
function createConfig(name: string, args: NginxUpstreamArgs, opts: pulumi.CustomResourceOptions) {
  const { edge, prefix, host, directory, subnet, sets, liveConfig } = args;
  const { tls } = edge;
  const options = {
    ...{ ...edge, subnet, tls: tls !== null },
    ...(tls?.acme ? { acme: tls.acme.challenge } : {}),
    ...(tls?.redirect ? { httpsPort: tls.listen.port } : {}),
  };
  const config = renderNginxConfig(options, sets);
  const isLive = generationOf(config) === liveConfig.generation;
  const warning = tooLittleMemory(config, edge);
  if (warning) void pulumi.log.warn(warning, opts.parent);
  const input = {
    prefix,
    directory,
    ...(host ? { host } : {}),
    edgeUrl: listenUrl(edge.listen),
    publicHost: edge.publicHost,
    subnet,
    image: edge.image,
    config,
    number: isLive ? liveConfig.number : liveConfig.number + 1,
    tls: tls?.files
      ? {
          certificateFile: tls.files.certificateFile,
          keyFile: tls.files.keyFile,
          fingerprint: liveConfig.certificate ?? "",
        }
      : null,
    ...(tls?.acme ? { acme: true as const } : {}),
  };
  return createOperation(`${name}-config`, "applyEdgeConfig", input, opts, {
    delete: stepCommand("removeLeftovers"),
  });
}

function createEdge(name: string, args: NginxUpstreamArgs, opts: pulumi.CustomResourceOptions) {
  const { edge, prefix, subnet } = args;
  const publish = ({ address, port }: ListenAddress, internal: number) => ({
    internal,
    external: port,
    ip: address,
  });
  return new Container(
    `${name}-nginx`,
    {
      name: edgeContainerName(prefix),
      image: edge.image,
      command: ["nginx", "-c", `${EDGE_MOUNT}/conf/nginx.conf`, "-g", "daemon off;"],
      labels: [{ label: LABELS.stack, value: prefix }],
      networksAdvanced: [{ name: prefix, ipv4Address: edgeAddress(subnet), aliases: [] }],
      // The directory, not a file: a bind-mounted file keeps showing the one that a rename has replaced.
      mounts: [
        { type: "bind", source: `${args.directory}/edge`, target: EDGE_MOUNT, readOnly: true },
      ],
      ports: [
        publish(edge.listen, EDGE_PORTS.public),
        publish(edge.preview, EDGE_PORTS.preview),
        ...(edge.tls ? [publish(edge.tls.listen, EDGE_PORTS.tls)] : []),
      ],
      ...hardenedContainer({
        user: `${EDGE_USER_ID}:${EDGE_USER_ID}`,
        resources: { memoryMegabytes: edge.memoryMegabytes, cpus: "0" },
        stopGraceSeconds: 10,
        scratchPaths: ["/tmp"],
      }),
      // nginx drops its requests on SIGTERM, and finishes them on SIGQUIT.
      stopSignal: "SIGQUIT",
    },
    { ...opts, ignoreChanges: LASTING_IGNORED },
  );
}
