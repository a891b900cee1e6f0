import type Docker from "dockerode";
import { instanceRoot, projectName, stackPrefix } from "../../config/project";
import type { PruneSettings, Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import { findStacks, readRecordedStack, type StackPlace } from "../../host/stacksOnHost";
import { keptDigests } from "../../rules/prune/keptReleases";
import { hostUrl } from "../../rules/host/hostAddress";
import { allUsers } from "../../toolchain/setup/machineUsers";
import { readStackFiles, type StackFile } from "./stackFiles";

/** A stack whose images are to be pruned, and its host. */
export interface PruneContext {
  readonly stack: string;
  readonly settings: Settings;
  readonly rule: PruneSettings;
  readonly host: Host;
  readonly engine: Docker;
}

/** Who refers to which images. */
export interface References {
  readonly digests: ReadonlySet<string>;
  /** Stacks that were asked: those of the host and their clones' files. */
  readonly stacks: readonly string[];
  /** Traces of stacks that could not be asked, a line each: nothing may be removed. */
  readonly unknown: readonly string[];
  /** Projects whose files are on other machines: what they have built and not released is not known. */
  readonly elsewhere: readonly string[];
}

/**
 * Asks all stacks that a host has, of this and of other projects, which images they refer to: what their sets hold, their
 * releases on record, and the digests in the files of stacks whose projects are on this machine. Of the stack itself the
 * newest releases count; of any other one all do.
 */
export async function readReferences(context: PruneContext): Promise<References> {
  const { stack, settings, rule, host, engine } = context;
  const users = await allUsers();
  const own = { project: projectName(), root: instanceRoot() };
  const here = [own, ...users.filter(({ isHere }) => isHere)];
  const files = here.flatMap(({ project, root }) => readStackFiles(project, root));
  const name = stackPrefix(stack);
  const known: StackPlace[] = [
    ...files.filter((file) => isOn(file, settings)),
    { name, directory: settings.directory },
  ];
  const { places, unknown } = await findStacks(host, engine, known);
  const kept = await Promise.all(
    places.map(async (place) => {
      const isOwn = place.directory === settings.directory;
      const recorded = await readRecordedStack(host, place);
      return keptDigests(recorded, isOwn ? rule.keep : "all");
    }),
  );
  const elsewhere = users.filter(({ isHere }) => !isHere);
  return {
    digests: new Set([
      ...files.flatMap(({ digests }) => digests),
      ...kept.flatMap((set) => [...set]),
    ]),
    stacks: [...new Set(places.map((place) => place.name))].sort(),
    unknown,
    elsewhere: elsewhere.map(({ project, root }) => `${project} (${root})`),
  };
}

/** Whether a stack's records are on the host that is looked at. */
function isOn({ host }: StackFile, settings: Settings): boolean {
  return host === (settings.host && hostUrl(settings.host));
}
