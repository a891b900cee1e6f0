import { failureOf } from "../../host/ask";
import { changedFiles } from "../../host/changedFiles";
import { listSet } from "../../host/engine";
import type { Host } from "../../host/host";
import type { HostDirectory } from "../../host/hostDirectory";
import { readRoll } from "../../host/observe";
import { inspectSet, type SetMember } from "../../host/inspectSet";
import { COLORS, type Color } from "../../release/release";
import type { Placement } from "../../release/rolloutPlan";
import { probePath } from "../../rules/edge/edgeLayout";
import { describeAnswer, isWell } from "../../rules/edge/healthAnswer";
import type { SetContainerFacts, SetFacts } from "../../rules/drift/facts";
import { expectedContainers, type ExpectedSet } from "../../rules/host/expectedContainer";

/** Where the sets are. */
export interface SetsPlace {
  readonly host: Host;
  readonly directory: HostDirectory;
  readonly prefix: string;
  readonly previewUrl: string;
  readonly activeColor: Color | null;
}

/** Where the sets are, and the services that have moved from one to the other ahead of the rest. */
interface MovingPlace extends SetsPlace {
  readonly moved: readonly string[];
}

/** Both sets beside what their records say; one that was never placed is left out. */
export async function lookAtSets(place: SetsPlace): Promise<SetFacts[]> {
  const { records } = place.directory;
  const roll = await readRoll(place.directory);
  const [edge, ...placements] = await Promise.all([
    records.readEdge(),
    ...COLORS.map((color) => records.readPlacement(color)),
  ]);
  const sets = COLORS.map((color, index) => {
    const placement = placements[index];
    return placement
      ? [lookAtSet({ ...place, moved: roll?.moved ?? [] }, color, placement, edge?.subnet ?? null)]
      : [];
  });
  return Promise.all(sets.flat());
}

async function lookAtSet(
  place: MovingPlace,
  color: Color,
  { record, proven }: Placement,
  subnet: string | null,
): Promise<SetFacts> {
  const engine = await place.host.engine();
  const set = { prefix: place.prefix, color, record, subnet };
  const [inspected, listed] = await Promise.all([
    inspectSet(engine, set),
    listSet(engine, place.prefix, color),
  ]);
  const isActive = color === place.activeColor;
  const members = new Map(inspected.members.map((member) => [member.name, member]));
  const containers = expectedContainers(set).map((wanted) =>
    lookAtContainer(place, { ...set, isActive }, wanted, members.get(wanted.name)),
  );
  return {
    ...{ color, isActive, record, proven, differences: inspected.differences },
    containers: await Promise.all(containers),
    there: listed.map(({ name }) => name),
  };
}

async function lookAtContainer(
  { host, previewUrl, moved }: MovingPlace,
  { color, isActive }: ExpectedSet & { readonly isActive: boolean },
  wanted: Pick<SetContainerFacts, "name" | "service" | "replica">,
  member: SetMember | undefined,
): Promise<SetContainerFacts> {
  const { name, service, replica } = wanted;
  const isAside = moved.includes(service);
  const part = { name, service, replica, ...(isAside && { aside: true as const }) };
  if (!member) return { ...part, found: null };
  const engine = await host.engine();
  const url = previewUrl + probePath(color, service, replica, "ready");
  const [changedPaths, unready] = await Promise.all([
    changedFiles(engine.getContainer(member.id)),
    isActive !== isAside
      ? host.ask(url).then((given) => (isWell(given) ? null : describeAnswer(given)), failureOf)
      : null,
  ]);
  const { state, exitCode, createdAt, startedAt, endedAt } = member;
  const found = { state, exitCode, createdAt, startedAt, endedAt, changedPaths, unready };
  return { ...part, found: { ...found, otherSecrets: [] } };
}
