import * as pulumi from "@pulumi/pulumi";
import { StartTurns } from "../../../../components/dockerHost/startTurns";

/** Longer than any test. */
const LONG = 1_000_000;

/** Resources that are being made, in the order in which the engine was asked for them, with what ends each. */
let begun: { name: string; end: () => void }[] = [];

class Thing extends pulumi.CustomResource {
  constructor(name: string, label: pulumi.Input<string>) {
    super("test:index:Thing", name, { label });
  }
}

async function register(isPreview: boolean): Promise<void> {
  begun = [];
  await pulumi.runtime.setMocks(
    {
      call: ({ token }) => Promise.reject(new Error(`unknown call of ${token}`)),
      newResource: ({ name, inputs }) =>
        new Promise((resolve) => {
          begun.push({ name, end: () => resolve({ id: name, state: inputs as object }) });
        }),
    },
    "project",
    "stack",
    isPreview,
  );
}

const give = (turns: StartTurns, ...names: string[]) =>
  names.map((name) => turns.give((atTurn) => new Thing(name, atTurn(name))));

const names = () => begun.map(({ name }) => name);

/** Lets everything run that waits for nothing but its turn in Node's queue. */
async function settled(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await new Promise(setImmediate);
}

it("makes as many at once as it was told, the next one once one of them is there", async () => {
  await register(false);
  give(new StartTurns(2, LONG), "a", "b", "c", "d");
  await settled();
  expect(names()).toEqual(["a", "b"]);
  begun[1]!.end();
  await settled();
  expect(names()).toEqual(["a", "b", "d"]);
  begun[0]!.end();
  await settled();
  expect(names()).toEqual(["a", "b", "d", "c"]);
  begun.forEach(({ end }) => end());
});

it("begins the next one where one takes longer than a turn, once the first one is there", async () => {
  await register(false);
  give(new StartTurns(1, 1), "a", "b", "c");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await settled();
  expect(names()).toEqual(["a"]);
  begun[0]!.end();
  while (begun.length < 3) await settled();
  expect(names()).toEqual(["a", "b", "c"]);
  begun.forEach(({ end }) => end());
});

it("makes all at once where nobody is disturbed, and in a preview", async () => {
  await register(false);
  give(new StartTurns(Infinity), "a", "b", "c");
  await settled();
  expect(names()).toEqual(["a", "b", "c"]);
  begun.forEach(({ end }) => end());
  await register(true);
  give(new StartTurns(1), "a", "b", "c");
  await settled();
  expect(names()).toEqual(["a", "b", "c"]);
  begun.forEach(({ end }) => end());
});
