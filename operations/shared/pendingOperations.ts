import { stackPrefix } from "../../config/project";
import { withHost } from "../../host/connectHost";
import { WITH_VOLUMES } from "../../host/engine";
import type { Host } from "../../host/host";
import { removeSecretFiles } from "../../host/secretFiles";
import { LABELS } from "../../rules/host/containerLabels";
import type { SecretsInput } from "../../rules/stepInput";
import { askPulumi } from "./pulumi";
import { readStackSettings } from "./stackFile";

interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: { readonly name?: string; readonly stdin?: string };
}

interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly ExportedResource[];
    readonly pending_operations?: readonly {
      readonly type: string;
      readonly resource: ExportedResource;
    }[];
  };
}

/**
 * Settles what a killed update had begun and not recorded: a container or network that was made all the same, but is
 * not in the state, is removed, since its name would be in the way, and so are secrets that were delivered; then the state
 * forgets the operation. Everything else an update does can be done twice.
 *
 * @returns what was settled, a line each.
 */
export async function settlePendingOperations(stack: string): Promise<string[]> {
  const exported = await exportStack(stack);
  const pending = exported.deployment?.pending_operations ?? [];
  if (pending.length === 0) return [];
  const known = new Set((exported.deployment?.resources ?? []).flatMap(({ id }) => id ?? []));
  const settled = await withHost(readStackSettings(stack).host, async (host) => {
    const lines: string[] = [];
    for (const { type, resource } of pending) {
      const removed = type === "creating" ? await removeMade(host, stack, resource, known) : null;
      lines.push(`${nameOf(resource)}: was ${type}${removed ? `; removed ${removed}` : ""}`);
    }
    return lines;
  });
  const deployment = { ...exported.deployment, pending_operations: [] };
  await askPulumi(
    ["stack", "import", "--stack", stack],
    JSON.stringify({ ...exported, deployment }),
  );
  return settled;
}

/** What a killed update had begun and not recorded, a few words each; nothing is changed. */
export async function readPending(stack: string): Promise<string[]> {
  const { deployment } = await exportStack(stack);
  return (deployment?.pending_operations ?? []).map(
    ({ type, resource }) => `${type} ${nameOf(resource)}`,
  );
}

async function exportStack(stack: string): Promise<ExportedStack> {
  return JSON.parse(await askPulumi(["stack", "export", "--stack", stack])) as ExportedStack;
}

/** Removes what a resource that was being made has left on the host: nothing in the state would ever remove it. */
async function removeMade(
  host: Host,
  stack: string,
  resource: ExportedResource,
  known: ReadonlySet<string>,
): Promise<string | null> {
  const { type, inputs } = resource;
  if (type === "command:local:Command" && nameOf(resource).endsWith("-secrets") && inputs?.stdin) {
    return removeDelivered(host, JSON.parse(inputs.stdin) as SecretsInput);
  }
  const removed = await removeUnknown(host, stack, resource, known);
  return removed && `${removed}, which no state knows`;
}

/** They belong to a set that has no containers yet: a set gets its secrets first, and the one that serves keeps its own. */
async function removeDelivered(host: Host, { prefix, color, secrets }: SecretsInput) {
  const { directory } = secrets;
  try {
    await removeSecretFiles({ engine: await host.engine(), prefix, directory, color });
    return "what it had delivered";
  } catch (error) {
    // An edge that is gone too must not keep the stack locked.
    const reason = error instanceof Error ? error.message : String(error);
    return `nothing: secrets may be left in ${directory}/${prefix} on the host (${reason})`;
  }
}

/** Removes what bears the name of a resource that was being made, if it is this stack's and not in its state. */
async function removeUnknown(
  host: Host,
  stack: string,
  { type, inputs }: ExportedResource,
  known: ReadonlySet<string>,
): Promise<string | null> {
  const name = inputs?.name;
  if (!name) return null;
  const engine = await host.engine();
  const filters = { name: [name], label: [`${LABELS.stack}=${stackPrefix(stack)}`] };
  if (type === "docker:index/container:Container") {
    const found = (await engine.listContainers({ all: true, filters })).find(
      ({ Names, Id }) => Names.includes(`/${name}`) && !known.has(Id),
    );
    if (!found) return null;
    await engine.getContainer(found.Id).remove(WITH_VOLUMES);
    return `container ${name}`;
  }
  if (type === "docker:index/network:Network") {
    const networks = await engine.listNetworks({ filters });
    const found = networks.find(({ Name, Id }) => Name === name && !known.has(Id));
    if (!found) return null;
    await engine.getNetwork(found.Id).remove();
    return `network ${name}`;
  }
  return null;
}

function nameOf({ urn }: ExportedResource): string {
  return urn.split("::").pop() ?? urn;
}
