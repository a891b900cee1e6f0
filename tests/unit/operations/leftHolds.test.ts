import { hostname } from "node:os";
import { clearLeftHolds } from "../../../operations/shared/leftHolds";
import type { Hold } from "../../../records/holdRecords";
import { isGone } from "../../../records/stackHold";
import { StackRecords } from "../../../records/stackRecords";
import { MemoryRecords } from "../../support/memoryRecords";

const NO_PROCESS = 4_194_300;
const release = "ec9ddeeb33f4";
let records: StackRecords;
let asked: string[];

beforeEach(() => {
  records = new StackRecords(new MemoryRecords());
  asked = [];
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
const hold = (of: Partial<Hold>) => {
  const at = { since: ago(900), renewed: ago(5) };
  const who = { command: "restore", by: "bob", machine: "ci-7", process: 1, run: "theirs" };
  return records.holds.take({ ...who, ...at, ...of }, isGone);
};
const begin = (since: string, renewed?: string) =>
  records.holds.beginUpdate({ release, by: "ada", since, ...(renewed && { renewed }) });
const answer = (agreed: boolean, before: () => Promise<unknown> = () => Promise.resolve()) =>
  clearLeftHolds("demo", records, async (question) => {
    asked.push(question);
    await before();
    return agreed;
  });
const nothing = { removed: [], held: [] };

it("nothing is asked where nothing is left", async () => {
  expect(await answer(true)).toEqual(nothing);
  expect(asked).toEqual([]);
});

it("what was killed goes, once who has it and since when was shown", async () => {
  const [since, heard] = [ago(900), ago(300)];
  await hold({ since, renewed: heard });
  await begin(since, heard);
  const command = `\`maestro restore\` by bob, process 1 of ci-7, since ${since}, last heard of at ${heard}`;
  const update = `the update to release ${release} by ada, since ${since}, last heard of at ${heard}`;
  expect(await answer(false)).toEqual({ removed: [], held: [command, update] });
  expect(asked).toEqual([
    `what these have left in demo is taken away: ${command}; ${update}. An update is heard of only while one of its steps ` +
      "runs: be sure that none does",
  ]);
  expect(await answer(true)).toEqual({ removed: [command, update], held: [] });
  expect([await records.holds.read(), await records.holds.readUpdate()]).toEqual([null, null]);
  expect(await answer(true)).toEqual(nothing);
});

it("a command whose process is gone from this machine goes at once", async () => {
  await hold({ machine: hostname(), process: NO_PROCESS });
  const { removed, held } = await answer(true);
  expect([removed.length, held]).toEqual([1, []]);
  expect(await records.holds.read()).toBeNull();
});

it("who lives keeps what it holds, and nobody is asked for it", async () => {
  await hold({});
  await begin(ago(900), ago(60));
  const { removed, held } = await answer(true);
  expect([removed, held.length, asked]).toEqual([[], 2, []]);
  expect(await records.holds.read()).toMatchObject({ run: "theirs" });
  expect(await records.holds.readUpdate()).toMatchObject({ release });
});

it("an update of an older version, which is never heard of again, counts from its beginning", async () => {
  await begin(ago(60));
  expect(await answer(true)).toMatchObject({ removed: [] });
  await records.holds.endUpdate();
  await begin(ago(900));
  expect(await answer(true)).toMatchObject({ held: [] });
});

it("who is heard of while somebody is asked keeps what it holds", async () => {
  await hold({ renewed: ago(300) });
  await begin(ago(900));
  const again = async () => {
    await records.holds.renew("theirs");
    await records.holds.renewUpdate(release);
  };
  const { removed, held } = await answer(true, again);
  expect([removed, held.length]).toEqual([[], 2]);
  expect(await records.holds.read()).toMatchObject({ run: "theirs" });
  expect(await records.holds.readUpdate()).toMatchObject({ release });
});

it("who has taken the stack meanwhile keeps it", async () => {
  await hold({ renewed: ago(300) });
  await begin(ago(900));
  const another = async () => {
    await records.holds.take(
      { ...(await records.holds.read())!, run: "new", renewed: ago(0) },
      isGone,
    );
    await records.holds.beginUpdate({ release: "0123456789ab", by: "eve", since: ago(0) });
  };
  await answer(true, another);
  expect(await records.holds.read()).toMatchObject({ run: "new" });
  expect(await records.holds.readUpdate()).toMatchObject({ by: "eve" });
});
