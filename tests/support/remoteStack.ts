import { TestStack } from "./testStack";

/** A stack whose deployer has no Docker Engine of its own: whatever happens, happens over SSH. */
export class RemoteStack extends TestStack {
  override get environment(): NodeJS.ProcessEnv {
    return { ...super.environment, DOCKER_HOST: "unix:///nowhere/docker.sock", SSH_AUTH_SOCK: "" };
  }
}
