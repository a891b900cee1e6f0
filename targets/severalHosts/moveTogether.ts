import type { StackRecords } from "../../records/stackRecords";
import { endsRoll } from "../../release/hostAgreement";
import { otherColor, type Color } from "../../release/release";
import type { HostGroup, NamedHost } from "./hostGroup";
import { inTwoPhases } from "./twoPhases";

/** Where a host's users are, and where those that are held apart from them are. */
interface Position {
  readonly color: Color | null;
  readonly aside: number;
}

/**
 * Moves the users of all hosts to a set, in two phases: each host must have the move on record before the first one moves.
 *
 * @throws as {@link inTwoPhases} does.
 */
export async function moveTogether(
  group: HostGroup,
  records: StackRecords,
  color: Color,
  aside: number,
): Promise<void> {
  const [last, roll] = await Promise.all([records.readSwitch(), records.roll.read()]);
  await inTwoPhases<Position>(group, {
    isWayBack: last?.color === color && last.settled === true,
    // Users get each service from that set already: there is no way back to containers that have stopped.
    isFinal: endsRoll(color, roll),
    ask: async (host) => {
      const position = await positionOf(host);
      if (position.color !== color) await requireIntent(host, last?.number ?? 0);
      return position;
    },
    go: (hands) => hands.move(color, aside),
    // One that served nothing before stays: its users would get nothing.
    back: async (hands, was) => {
      if (was.color !== null) await hands.move(was.color, was.aside);
    },
  });
}

/**
 * Moves the users of one service on all hosts, in two phases. The roll on record says which release has it moved; a host
 * that is left apart shows it by itself.
 *
 * @throws as {@link inTwoPhases} does; Error where a host serves nothing yet.
 */
export async function moveServiceTogether(
  group: HostGroup,
  records: StackRecords,
  service: string,
  color: Color,
): Promise<void> {
  const roll = await records.roll.read();
  await inTwoPhases<Color>(group, {
    isWayBack: group.goesBack || (roll !== null && !endsRoll(color, roll)),
    ask: (host) => serving(host, service),
    go: (hands) => hands.moveService(service, color),
    back: (hands, was) => hands.moveService(service, was),
  });
}

async function positionOf({ hands }: NamedHost): Promise<Position> {
  const [color, aside] = await Promise.all([hands.activeColor(), hands.asidePercent()]);
  return { color, aside };
}

/** The set that a host's users get a service from. */
async function serving({ hands }: NamedHost, service: string): Promise<Color> {
  const [active, moved] = await Promise.all([hands.activeColor(), hands.movedServices()]);
  if (active !== null) return moved.includes(service) ? otherColor(active) : active;
  throw new Error(
    `serves nothing yet, so ${service} cannot move there alone; release this with maestro:rollout.strategy: blueGreen`,
  );
}

/** Whoever finds a host on its own later must see what it was asked to do. */
async function requireIntent({ hands }: NamedHost, number: number): Promise<void> {
  const noted = (await hands.records.readSwitch())?.number ?? 0;
  if (noted === number) return;
  throw new Error(
    `has move ${noted} of the traffic on record, not ${number}: somebody else moves it; run the update again`,
  );
}
