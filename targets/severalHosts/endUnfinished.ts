import type { StackRecords } from "../../records/stackRecords";
import { agreeOn, type HostAgreement } from "../../release/hostAgreement";
import type { Color } from "../../release/release";
import { HostError } from "../../rules/host/asking";
import { onlyService } from "../../release/rolling";
import type { HeldSet, Unfit } from "../hands";
import type { Given, HostGroup, NamedHost } from "./hostGroup";
import { withName } from "./merge";

/** What the hosts serve, and which of them do not serve it yet. */
export async function readAgreement(
  group: HostGroup,
  records: StackRecords,
): Promise<HostAgreement> {
  const seen = await group.each(({ hands }) => hands.activeColor());
  const traffic = seen.map(({ host, value }) => ({ host: host.name, color: value }));
  const [last, roll] = await Promise.all([records.readSwitch(), records.roll.read()]);
  return agreeOn(traffic, last, roll);
}

/**
 * Ends what somebody has left unfinished, before anything else is done: a move of all users, then that of a service.
 *
 * @throws HostError where a host serves another release than the others, and cannot serve theirs.
 */
export async function endUnfinished(group: HostGroup, records: StackRecords): Promise<void> {
  const { color, astray } = await readAgreement(group, records);
  const placement = color && (await records.readPlacement(color));
  if (!color || !placement) return;
  const { record } = placement;
  const isAstray = ({ name }: NamedHost) => astray.includes(name);
  const there = group.present.filter((host) => !isAstray(host));
  const brought = await bring(group, group.present.filter(isAstray), there, { color, record });
  await endServiceMoves(group, [...there, ...brought], { color, record });
}

/**
 * Moves hosts that serve another set than they must to it, once it is fit there. One that serves nothing yet and cannot is
 * left so: it serves no other release.
 *
 * @returns those that serve it now.
 */
async function bring(
  group: HostGroup,
  astray: readonly NamedHost[],
  there: readonly NamedHost[],
  { color, record }: HeldSet,
): Promise<readonly NamedHost[]> {
  if (astray.length === 0) return [];
  const looks = await group.each(({ hands }) => hands.findUnfit({ color, record }, 1), astray);
  for (const look of looks) await refuseSplit(look, color, record.id);
  const fit = looks.filter(({ value }) => value === null).map(({ host }) => host);
  const shares = await group.each(({ hands }) => hands.asidePercent(), there);
  const aside = Math.max(...shares.map(({ value }) => value));
  await group.each(({ hands }) => hands.move(color, aside), fit);
  for (const { name } of fit) {
    console.log(
      `${name}: its users get ${color} as those of the other hosts do; somebody had left a move unfinished`,
    );
  }
  return fit;
}

/**
 * Takes services back that have moved on some hosts alone: each of them is got from where all others are, which a roll that
 * goes on moves it away from again.
 */
async function endServiceMoves(
  group: HostGroup,
  hosts: readonly NamedHost[],
  { color, record }: HeldSet,
): Promise<void> {
  const moved = await group.each(({ hands }) => hands.movedServices(), hosts);
  const services = new Set(moved.flatMap(({ value }) => value));
  for (const service of services) {
    const ahead = moved.filter(({ value }) => value.includes(service)).map(({ host }) => host);
    if (ahead.length === hosts.length) continue;
    await requireFit(group, ahead, { color, record }, service);
    await group.each(({ hands }) => hands.moveService(service, color), ahead);
    for (const { name } of ahead) {
      console.log(
        `${name}: users get ${service} from ${color} again; somebody had left its move unfinished`,
      );
    }
  }
}

async function requireFit(
  group: HostGroup,
  hosts: readonly NamedHost[],
  { color, record }: HeldSet,
  service: string,
): Promise<void> {
  // A release that has no such service gives users nothing there, wherever it is got from.
  if (!(service in record.services)) return;
  const part = { color, record: onlyService(record, service) };
  const looks = await group.each(({ hands }) => hands.findUnfit(part, 1), hosts);
  const wrong = looks.flatMap(({ host, value }) =>
    value ? withName(host, value.says.split("\n")) : [],
  );
  if (wrong.length === 0) return;
  throw new HostError(
    `${service} has moved on some hosts alone, and ${color} cannot serve it there again:\n${wrong.join("\n")}\n` +
      `mend that set there, then run the update again`,
  );
}

async function refuseSplit(
  { host, value: unfit }: Given<Unfit | null>,
  color: Color,
  release: string,
): Promise<void> {
  if (unfit === null) return;
  const serves = await host.hands.activeColor();
  const lines = withName(host, unfit.says.split("\n")).join("\n");
  if (serves !== null) {
    throw new HostError(
      `${host.name}: serves ${serves}, the other hosts ${color}, and its ${color} set cannot serve release ${release}:\n` +
        `${lines}\nmend that set there, then run the update again`,
    );
  }
  console.error(`${lines}\n${host.name}: serves nothing yet, and is left so`);
}
