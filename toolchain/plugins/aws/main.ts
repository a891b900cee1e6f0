import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectEngineLog, SILENT_LOG } from "../../rpc/engineLog";
import { engineAddressOf, serve } from "../../rpc/serve";
import { providerService, type Plugin } from "../service";
import { awsType } from "./awsType";
import { findConfigProblems, readConfig } from "./config";
import { ECR_LIFECYCLE_POLICY, ECR_REPOSITORY_POLICY } from "./ecrPolicies";
import { ECR_REPOSITORY } from "./ecrRepository";
import { IAM_ROLE, IAM_ROLE_POLICY } from "./iamRole";
import { OIDC_PROVIDER } from "./oidcProvider";
import { SECRET } from "./secret";
import { messageOf, Session } from "./session";

/** The version whose behavior this plugin stands in for. */
const VERSION = "7.48.0";

function awsPlugin(): Plugin {
  let session = new Session(readConfig({}));
  const current = () => session;
  return {
    version: VERSION,
    types: {
      "aws:ecr/lifecyclePolicy:LifecyclePolicy": awsType(current, ECR_LIFECYCLE_POLICY),
      "aws:ecr/repository:Repository": awsType(current, ECR_REPOSITORY),
      "aws:ecr/repositoryPolicy:RepositoryPolicy": awsType(current, ECR_REPOSITORY_POLICY),
      "aws:iam/openIdConnectProvider:OpenIdConnectProvider": awsType(current, OIDC_PROVIDER),
      "aws:iam/role:Role": awsType(current, IAM_ROLE),
      "aws:iam/rolePolicy:RolePolicy": awsType(current, IAM_ROLE_POLICY),
      "aws:secretsmanager/secret:Secret": awsType(current, SECRET),
    },
    functions: {
      "aws:index/getCallerIdentity:getCallerIdentity": async () => {
        const identity = await current()
          .identity()
          .catch((error: unknown) => {
            throw new Error(`reading STS Caller Identity: ${messageOf(error)}`);
          });
        return { ...identity, id: identity.accountId };
      },
    },
    checkConfig: findConfigProblems,
    configure: (given) => {
      session = new Session(readConfig(given));
    },
  };
}

const canceled = new AbortController();
const engineAddress = engineAddressOf(process.argv.slice(2));
const log = engineAddress === undefined ? SILENT_LOG : connectEngineLog(engineAddress);
serve({
  service: ResourceProviderService,
  implementation: providerService(awsPlugin(), log, canceled),
  onExit: () => canceled.abort(),
});
