import { agreeOn, type HostAgreement } from "../../release/hostAgreement";
import type { Color } from "../../release/release";
import type { StackRecords } from "../../records/stackRecords";
import type { Unfit } from "../hands";
import type { Given, HostGroup, NamedHost, Outcome } from "./hostGroup";
import { withName } from "./merge";

/** Where a host's users are, and where those that are held apart from them are. */
interface Position {
  readonly color: Color | null;
  readonly aside: number;
}

/** What the hosts serve, and which of them do not serve it yet. */
export async function readAgreement(
  group: HostGroup,
  records: StackRecords,
): Promise<HostAgreement> {
  const seen = await group.each(({ hands }) => hands.activeColor());
  const traffic = seen.map(({ host, value }) => ({ host: host.name, color: value }));
  return agreeOn(traffic, await records.readSwitch());
}

/**
 * Ends a move that somebody has left unfinished, before anything else is done: hosts that serve another set than they must
 * are moved to it, once it is fit there. One that serves nothing yet and cannot is left so: it serves no other release.
 *
 * @throws Error where a host serves another release than the others, and cannot serve theirs.
 */
export async function endUnfinishedMove(group: HostGroup, records: StackRecords): Promise<void> {
  const { color, astray } = await readAgreement(group, records);
  const placement = color && (await records.readPlacement(color));
  if (!color || !placement || astray.length === 0) return;
  const { record } = placement;
  const hosts = group.present.filter(({ name }) => astray.includes(name));
  const looks = await group.each(({ hands }) => hands.findUnfit({ color, record }, 1), hosts);
  for (const look of looks) await refuseSplit(look, color, record.id);
  const fit = looks.filter(({ value }) => value === null).map(({ host }) => host);
  const there = group.present.filter(({ name }) => !astray.includes(name));
  const shares = await group.each(({ hands }) => hands.asidePercent(), there);
  const aside = Math.max(...shares.map(({ value }) => value));
  await group.each(({ hands }) => hands.move(color, aside), fit);
  for (const { name } of fit) {
    console.log(
      `${name}: its users get ${color} as those of the other hosts do; somebody had left a move unfinished`,
    );
  }
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
    throw new Error(
      `${host.name}: serves ${serves}, the other hosts ${color}, and its ${color} set cannot serve release ${release}:\n` +
        `${lines}\nmend that set there, then run the update again`,
    );
  }
  console.error(`${lines}\n${host.name}: serves nothing yet, and is left so`);
}

/**
 * Moves the users of all hosts to a set, in two phases: each host is asked and must have the move on record before the
 * first one moves; then all move side by side. A try that fails on one host is taken back on all. A way back that fails on
 * one host is gone to its end on the others.
 *
 * @throws HostError naming the hosts that could not be reached; whatever else went wrong on one of them.
 */
export async function moveTogether(
  group: HostGroup,
  records: StackRecords,
  color: Color,
  aside: number,
): Promise<void> {
  const last = await records.readSwitch();
  const isWayBack = last?.color === color && last.settled === true;
  const asked = await group.attempt(async (host) => {
    const position = await positionOf(host);
    if (position.color !== color) await requireIntent(host, last?.number ?? 0);
    return position;
  });
  if (!isWayBack) group.leaveOut(asked);
  const ready = asked.filter(({ error }) => error === null);
  const moved = await group.attempt(
    ({ hands }) => hands.move(color, aside),
    ready.map(({ host }) => host),
  );
  if (!isWayBack && moved.some(({ error }) => error)) await takeBack(ready, group);
  group.leaveOut([...asked, ...moved]);
}

async function positionOf({ hands }: NamedHost): Promise<Position> {
  const [color, aside] = await Promise.all([hands.activeColor(), hands.asidePercent()]);
  return { color, aside };
}

/** Whoever finds a host on its own later must see what it was asked to do. */
async function requireIntent({ hands }: NamedHost, number: number): Promise<void> {
  const noted = (await hands.records.readSwitch())?.number ?? 0;
  if (noted === number) return;
  throw new Error(
    `has move ${noted} of the traffic on record, not ${number}: somebody else moves it; run the update again`,
  );
}

/**
 * To where each host was, also those that have failed: they may have moved all the same. One that served nothing before
 * stays: its users would get nothing.
 */
async function takeBack(asked: readonly Outcome<Position>[], group: HostGroup): Promise<void> {
  const positions = new Map(asked.map(({ host, value }) => [host, value]));
  const back = await group.attempt(
    async (host) => {
      const { color, aside } = positions.get(host)!;
      if (color !== null) await host.hands.move(color, aside);
    },
    asked.map(({ host }) => host),
  );
  for (const { host, error } of back) {
    console.error(
      error
        ? `${host.name}: could not be moved back: ${error.message}; the next update moves it back`
        : `${host.name}: its users are where they were`,
    );
  }
}
