import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../config/configError";
import { parseSettings } from "../config/parseSettings";
import { stackPrefix } from "../config/project";
import { openTarget } from "../targets/openTarget";
import { admitUpdate } from "../update/accessCheck";
import { planUpdate } from "../update/updatePlan";
import { RELEASE_TYPE } from "./schema";

/** What a program gets of a release. */
export interface ReleaseState {
  readonly url: pulumi.Output<string>;
  readonly previewUrl: pulumi.Output<string>;
  readonly activeColor: pulumi.Output<string | undefined>;
  readonly releaseId: pulumi.Output<string | undefined>;
}

/** Stacks that have a release already: its names on the host are the stack's. */
const taken = new Set<string>();

class Release extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super(RELEASE_TYPE, name, {}, opts);
  }

  complete(state: ReleaseState): void {
    this.registerOutputs(state);
  }
}

/**
 * One update of a release whose settings are a resource's inputs: the same look, plan and components as for a stack of
 * the engine's own. Only what needs the stack's last outputs is not there: promotion from another stack.
 *
 * @throws ConfigError naming every mistake, and what a plan cannot go on from, before any resource is registered.
 */
export async function createRelease(
  name: string,
  { services, ...config }: Readonly<Record<string, unknown>>,
  opts: pulumi.ComponentResourceOptions,
): Promise<{ urn: pulumi.Output<string>; state: ReleaseState }> {
  const [stack, project] = [pulumi.getStack(), pulumi.getProject()];
  const prefix = stackPrefix(stack, project);
  if (taken.has(prefix)) {
    throw new Error(
      `${name}: the stack ${stack} has a release already, and its containers are named after the stack; make a second stack for this one`,
    );
  }
  taken.add(prefix);
  const settings = parseSettings({
    ...{ stack, project, config, root: process.cwd() },
    services: { services },
  });
  if (settings.policy !== null) {
    throw new ConfigError(stack, [
      "policy: is only for a project whose program is maestro's; use the pack, `--policy-pack node_modules/maestro/policy`",
    ]);
  }
  const admission = await admitUpdate(process.cwd());
  const component = new Release(name, opts);
  const none = Promise.resolve({});
  const target = openTarget(settings, prefix);
  const providers = await target.createProviders(none, { parent: component });
  const update = await planUpdate({ settings, prefix, previous: none, target, admission });
  const { url, previewUrl, outcome } = update.register({ parent: component, providers });
  const state = {
    url,
    previewUrl,
    activeColor: outcome.apply((served) => served?.activeColor),
    releaseId: outcome.apply((served) => served?.serving.id),
  };
  component.complete(state);
  return { urn: component.urn, state };
}
