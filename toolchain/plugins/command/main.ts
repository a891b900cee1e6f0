import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectEngineLog, SILENT_LOG } from "../../rpc/engineLog";
import { engineAddressOf, serve } from "../../rpc/serve";
import { providerService } from "../service";
import { commandType } from "./command";
import { killAll } from "./run";

/** The version whose behavior this plugin stands in for. */
const VERSION = "1.2.1";

const canceled = new AbortController();
const engineAddress = engineAddressOf(process.argv.slice(2));
const log = engineAddress === undefined ? SILENT_LOG : connectEngineLog(engineAddress);
serve({
  service: ResourceProviderService,
  implementation: providerService(
    {
      version: VERSION,
      types: { "command:local:Command": commandType() },
      checkConfig: () => [],
      configure: () => undefined,
    },
    log,
    canceled,
  ),
  onExit: killAll,
});
