import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectEngineLog, SILENT_LOG } from "../../rpc/engineLog";
import { engineAddressOf, serve } from "../../rpc/serve";
import type { Properties } from "../../rpc/values";
import { providerService, type Plugin } from "../service";
import { dockerAddress } from "./address";
import { containerType } from "./container";
import { Engine } from "./engine";
import { networkType } from "./network";
import { volumeType } from "./volume";

/** The version whose behavior this plugin stands in for. */
const VERSION = "5.2.0";

const CONFIG_KEYS = [
  "__internal",
  "caMaterial",
  "certMaterial",
  "certPath",
  "disableDockerDaemonCheck",
  "host",
  "keyMaterial",
  "pluginDownloadURL",
  "registryAuth",
  "sshOpts",
  "version",
];

function dockerPlugin(): Plugin {
  let config: Properties = {};
  let connected: Engine | undefined;
  // Connected on first use: a preview that touches nothing needs no Docker.
  const engine = () => (connected ??= new Engine(dockerAddress(config, process.env)));
  return {
    version: VERSION,
    types: {
      "docker:index/container:Container": containerType(engine, () => config),
      "docker:index/network:Network": networkType(engine),
      "docker:index/volume:Volume": volumeType(engine),
    },
    checkConfig: (given) =>
      Object.keys(given)
        .filter((key) => !CONFIG_KEYS.includes(key))
        .map((property) => ({
          property,
          reason: `${property}: not supported by this stand-in plugin; remove it or install the official plugin`,
        })),
    configure: (given) => {
      config = given;
      connected = undefined;
    },
  };
}

const canceled = new AbortController();
const engineAddress = engineAddressOf(process.argv.slice(2));
const log = engineAddress === undefined ? SILENT_LOG : connectEngineLog(engineAddress);
serve({
  service: ResourceProviderService,
  implementation: providerService(dockerPlugin(), log, canceled),
  onExit: () => canceled.abort(),
});
