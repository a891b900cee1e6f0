import { projectName, stackPrefix } from "../../config/project";
import type { Settings } from "../../config/settings";
import { withHost } from "../../host/connectHost";
import type { Host } from "../../host/host";
import { HostDirectory } from "../../host/hostDirectory";
import { findOpenBreaks } from "../../records/acceptedBreaks";
import { findBrokenLinks } from "../../records/eventChain";
import { desiredRelease } from "../../release/desiredRelease";
import { digestsOf } from "../../release/release";
import { PlanError } from "../../release/rolloutPlan";
import type { StackOutputs } from "../../release/stackOutputs";
import type { Drift, Unseen } from "../../rules/delivery/drift";
import { parsePreview, type PreviewStep } from "../../rules/delivery/preview";
import type { DriftFacts, SetFacts, UpstreamFacts } from "../../rules/drift/facts";
import { findDrift } from "../../rules/drift/rules";
import { listenUrl } from "../../rules/edge/listenUrl";
import { askPulumi, readOutputs } from "../shared/pulumi";
import { readStackSettings } from "../shared/stackFile";
import { lookAround } from "./lookAround";
import { lookAtEdge } from "./lookAtEdge";
import { lookAtImages } from "./lookAtImages";
import { lookAtSecrets, type SecretsLook } from "./lookAtSecrets";
import { lookAtSets } from "./lookAtSets";
import { lookAtStateful } from "./lookAtStateful";

/**
 * Asks the host, its records, the edge, the registry, the store of secrets and Pulumi's state at the same time, and
 * compares them; nothing is changed. What cannot be asked is told, and hides nothing that the others say.
 *
 * @throws HostError when the host cannot be reached: nothing is known then.
 */
export async function lookForDrift(stack: string): Promise<Drift> {
  const settings = readStackSettings(stack);
  const sources = new Sources();
  const state = {
    outputs: sources.ask("outputs", readOutputs(stack)),
    resources: sources.ask("state", refresh(stack)),
    upstream: sources.ask("stack it takes releases from", readUpstream(settings)),
  };
  const facts = await withHost(settings.host, (host) =>
    collect(sources, host, { stack, settings, ...state }),
  );
  const common = { stack, project: projectName() };
  return { ...common, findings: findDrift(facts), unseen: sources.unseen };
}

/** What was asked, and which of it in vain. */
class Sources {
  readonly unseen: Unseen[] = [];

  /** The answer; null: there is none, and it is noted why. */
  async ask<T>(source: string, answer: Promise<T>): Promise<T | null> {
    try {
      return await answer;
    } catch (error) {
      this.unseen.push({ source, says: (error as Error).message });
      return null;
    }
  }
}

interface Asked {
  readonly stack: string;
  readonly settings: Settings;
  readonly outputs: Promise<Partial<StackOutputs> | null>;
  readonly resources: Promise<readonly PreviewStep[] | null>;
  readonly upstream: Promise<UpstreamFacts | null>;
}

async function collect(sources: Sources, host: Host, asked: Asked): Promise<DriftFacts> {
  const { stack, settings } = asked;
  const { edge, rollout, registry } = settings;
  const prefix = stackPrefix(stack);
  const directory = new HostDirectory(host, settings.directory);
  const { records } = directory;
  const activeColor = await directory.edge.readActiveColor();
  const place = { host, directory, prefix, activeColor };
  const placed = lookAtSets({ ...place, previewUrl: listenUrl(edge.preview) });
  const stateful = await lookAtStateful(host, directory, prefix);
  const [sets, edgeFacts, surroundings, rejected, brokenLinks, secrets, images] = await Promise.all(
    [
      placed,
      sources.ask("edge", lookAtEdge({ ...place, edgeUrl: listenUrl(edge.listen) })),
      lookAround(host, prefix, settings.directory),
      records.listRejections(),
      sources.ask("events", readBrokenLinks(directory, asked.outputs)),
      placed.then((found) =>
        sources.ask("store of secrets", lookAtSecrets(host, { stack, prefix, ...settings }, found)),
      ),
      placed.then(async (found) =>
        sources.ask("registry", lookAtImages(host, registry, found, await records.listReleases())),
      ),
    ],
  );
  const [outputs, resources, upstream] = await Promise.all([
    asked.outputs,
    asked.resources,
    asked.upstream,
  ]);
  const listened = [edge.listen, edge.preview, ...(edge.tls ? [edge.tls.listen] : [])];
  return {
    ...{ stack, prefix, directory: settings.directory, host: settings.host, activeColor },
    ...{ ports: listened, hasPostgres: settings.postgres !== null },
    keepPrevious: rollout.keepPrevious,
    isPending: await isPending(directory, settings, { sets, secrets, upstream }),
    rejected: rejected.map(({ release }) => release),
    sets: secrets?.sets ?? sets,
    stateful,
    edge: edgeFacts,
    ...{ ...surroundings, brokenLinks, images, resources, upstream },
    secrets: secrets?.versions ?? null,
    outputs: outputs?.activeColor
      ? { activeColor: outputs.activeColor, release: outputs.release ?? null }
      : null,
  };
}

async function refresh(stack: string): Promise<readonly PreviewStep[]> {
  const args = ["refresh", "--preview-only", "--json", "--stack", stack];
  return parsePreview(await askPulumi(args)).steps;
}

async function readUpstream({ promotion }: Settings): Promise<UpstreamFacts | null> {
  if (promotion === null) return null;
  const { release, history = [] } = await readOutputs(promotion.from);
  return release ? { stack: promotion.from, digests: release.digests, history } : null;
}

async function readBrokenLinks(
  { records }: HostDirectory,
  outputs: Promise<Partial<StackOutputs> | null>,
): Promise<string[]> {
  // What an update adds meanwhile is in the list then, and not missing from it.
  const head = await records.events.head();
  const [events, noted] = await Promise.all([records.events.list(), outputs]);
  return findOpenBreaks(events, findBrokenLinks(events, head, noted?.lastEvent ?? null));
}

/** Whether the next update would release something else than what serves. */
async function isPending(
  { records }: HostDirectory,
  settings: Settings,
  {
    sets,
    secrets,
    upstream,
  }: {
    readonly sets: readonly SetFacts[];
    readonly secrets: SecretsLook | null;
    readonly upstream: UpstreamFacts | null;
  },
): Promise<boolean> {
  const serving = sets.find(({ isActive }) => isActive)?.record;
  if (!serving) return true;
  const { settingsFrom, services } = settings;
  const taken = upstream?.digests ?? digestsOf(serving);
  const release = Object.keys(settings.release).length > 0 ? settings.release : taken;
  const recorded = settingsFrom === null ? null : await records.readRelease(settingsFrom);
  const versions = (secrets?.versions ?? []).map(({ service, current }) => [service, current]);
  const secretVersions = Object.fromEntries(versions) as Record<string, string>;
  const known = Object.fromEntries(
    Object.entries(release).filter(([name]) => services[name] !== undefined),
  );
  const wanted = { services, settingsFrom, secretVersions };
  const asked = { ...wanted, release: settingsFrom === null ? known : release };
  try {
    return desiredRelease(asked, () => recorded).id !== serving.id;
  } catch (error) {
    // The update itself says what is wrong with what the stack asks for.
    if (error instanceof PlanError) return true;
    throw error;
  }
}
