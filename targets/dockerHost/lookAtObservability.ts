import { createHash } from "node:crypto";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { WantedObservability } from "../../components/dockerHost/observability";
import { alertSettings } from "../../config/alertSettings";
import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import type { StackRecords } from "../../records/stackRecords";
import { canonicalJson } from "../../release/release";
import { areDelivered, fingerprints } from "../../rules/observability/deliveredSecrets";
import { TOKEN_FILE } from "../../rules/observability/layout";
import { planObservability, type ObservabilityPlan } from "../../rules/observability/plan";

/** What the stack's observability is to be; its number is another one where the host does not show that. */
export async function lookAtObservability(
  host: Host,
  records: StackRecords,
  settings: Settings & { readonly observability: object },
  prefix: string,
): Promise<WantedObservability> {
  const { observability, subnet, notices } = settings;
  const plan = planObservability({
    ...{ prefix, subnet, settings: observability, channels: notices ?? [] },
    ...alertSettings(pulumi.getStack(), settings),
  });
  const hash = createHash("sha256").update(canonicalJson(plan)).digest("hex");
  // A damaged one is written anew: a look at this must not fail a release.
  const record = await records.observability.read().catch(() => null);
  const number = record?.number ?? 0;
  const isDone =
    record?.hash === hash &&
    areDelivered(await secretsHere(host, settings.directory, plan), record.secrets) &&
    (await isUp(host, prefix, plan));
  return { plan, hash, number: isDone ? number : number + 1 };
}

/** Fingerprints of what this deployer could deliver; none where it cannot tell. */
async function secretsHere({ files }: Host, directory: string, { secrets }: ObservabilityPlan) {
  if (secrets.length === 0) return {};
  const token = await files.read(path.posix.join(directory, TOKEN_FILE)).catch(() => null);
  return token === null ? {} : fingerprints(secrets, process.env, token.toString("utf8"));
}

/** An Engine that does not say counts as one that shows what is wanted, for the same reason. */
async function isUp(host: Host, prefix: string, plan: ObservabilityPlan): Promise<boolean> {
  try {
    const { areObserversUp } = await import("../../host/observers");
    return await areObserversUp(await host.engine(), prefix, plan.observers);
  } catch {
    return true;
  }
}
