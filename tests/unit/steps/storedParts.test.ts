import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { BackupStore } from "../../../steps/backups/backupStore";
import { openPart, writePart } from "../../../steps/backups/storedParts";

const DAMAGED = 1;

// Jest cannot load age's module: it comes as ESM alone. This one flows as age does, and finds out one byte.
jest.mock("../../../steps/backups/ageCipher", () => ({
  encrypt: (content: Readable) => Promise.resolve(content),
  decrypt: (content: Readable) => {
    const check = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (chunk.includes(DAMAGED)) controller.error(new Error("invalid piece"));
        else controller.enqueue(chunk);
      },
    });
    const web = Readable.toWeb(content) as ReadableStream<Uint8Array>;
    return Promise.resolve(Readable.fromWeb(web.pipeThrough(check) as never));
  },
}));

it("a part is not called damaged where its store was lost on the way, and is where a byte was changed", async () => {
  let stored = Buffer.alloc(0);
  let isLost = false;
  function* pieces() {
    yield stored.subarray(0, 100_000);
    if (isLost) throw new Error("the store cannot be reached");
    yield stored.subarray(100_000);
  }
  const store: BackupStore = {
    nameOf: (file) => `s3://backups/${file}`,
    write: async (_file, content) => {
      for await (const chunk of content) stored = Buffer.concat([stored, chunk as Buffer]);
    },
    read: () => Promise.resolve(Readable.from(pieces())),
    list: () => Promise.resolve([]),
    remove: () => Promise.resolve(),
  };
  const content = Readable.from([Buffer.alloc(200_000)]);
  const part = await writePart(store, "dump", content, ["age1"]);
  const read = async () => text((await openPart(store, part, "age", "key")).content);
  expect(await read()).toHaveLength(200_000);
  isLost = true;
  await expect(read()).rejects.toThrow(/^the store cannot be reached$/);
  isLost = false;
  stored[150_000] = DAMAGED;
  await expect(read()).rejects.toThrow("s3://backups/dump.age: was changed or cut short");
});
