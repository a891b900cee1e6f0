import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { openS3Store } from "../../steps/backups/s3Store";
import { S3Server } from "../support/s3Server";

jest.setTimeout(600_000);

const MEGABYTE = 1024 * 1024;
const stack = "shop-demo";
const environment = { ...process.env };
let server: S3Server;

beforeAll(async () => {
  server = await S3Server.start();
  Object.assign(process.env, server.environment);
});

afterAll(async () => {
  process.env = environment;
  await server.stop();
});

function open({ prefix = "of/ours", bucket = server.bucket, of = stack } = {}) {
  return openS3Store({ endpoint: server.url }, { bucket, prefix }, of);
}

function* megabytes(count: number, from = 0) {
  for (let index = from; index < from + count; index += 1) yield Buffer.alloc(MEGABYTE, index);
}

/** While a login is another one. */
async function loggedInAs<T>(key: string, secret: string, action: () => Promise<T>): Promise<T> {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret });
  try {
    return await action();
  } finally {
    Object.assign(process.env, server.environment);
  }
}

describe("files", () => {
  it.each([
    ["nothing", 0],
    ["one request", 3],
    ["exactly one part", 64],
    ["several parts", 130],
  ])("are read back as they were written, by %s", async (name, count) => {
    const store = open({ prefix: "whole" });
    await store.write(name.replaceAll(" ", "-"), Readable.from(megabytes(count)));
    const found = await store.read(name.replaceAll(" ", "-"));
    const expected = Buffer.concat([...megabytes(count)]);
    expect((await buffer(found!)).equals(expected)).toBe(true);
    expect(await server.unfinished()).toEqual([]);
  });

  it("are listed over several pages, those of this stack alone, until they are removed", async () => {
    const names = Array.from({ length: 1_100 }, (_each, index) => `file-${index}`).sort();
    server.place(`of/ours/${stack}`, names);
    server.place(`of/ours/${stack}-too`, ["another"]);
    server.place(`of/${stack}`, ["outside"]);
    const store = open();
    expect((await store.list()).sort()).toEqual(names);
    expect(await open({ of: `${stack}-too` }).list()).toEqual(["another"]);
    await store.remove("file-0");
    await store.remove("file-0");
    expect(await store.list()).not.toContain("file-0");
    expect(await store.read("file-0")).toBeNull();
    expect(await open({ of: "nobody" }).list()).toEqual([]);
  });

  it("are the whole bucket's where there is no prefix", async () => {
    const store = open({ prefix: "" });
    await store.write("one", Readable.from(["1"]));
    expect(store.nameOf("one")).toBe(`s3://backups/${stack}/one`);
    expect(await store.list()).toEqual(["one"]);
  });
});

describe("what is refused", () => {
  it("says which login, and what it must be allowed", async () => {
    const refused =
      /^maestro:backups\.to: http:\/\/127\.0\.0\.1:\d+ does not let this login (list|write) s3:\/\/backups\/of\/ours\/shop-demo\/.* check AWS_ACCESS_KEY_ID/;
    await loggedInAs("maestro", "another", async () => {
      await expect(open().list()).rejects.toThrow(refused);
      // A dump's second part is never asked for.
      await expect(open().write("x", Readable.from(megabytes(70)))).rejects.toThrow(refused);
    });
    await loggedInAs("nobody", "another", () => expect(open().list()).rejects.toThrow(refused));
  });

  it("says that a bucket is not there", async () => {
    const store = open({ bucket: "elsewhere" });
    const says = `maestro:backups.to: ${server.url} has no bucket elsewhere; make it there, or name another one`;
    await expect(store.list()).rejects.toThrow(says);
    await expect(store.read("x")).rejects.toThrow(says);
    await expect(store.write("x", Readable.from(["x"]))).rejects.toThrow(says);
  });

  it("says that the region is another one", async () => {
    const place = { bucket: server.bucket, prefix: "" };
    const store = openS3Store({ endpoint: server.url, region: "eu-west-1" }, place, stack);
    await expect(store.list()).rejects.toThrow(/^maestro:backups\.region: .*name the bucket's/);
  });
});

describe("an upload that fails", () => {
  it("with what is uploaded leaves nothing, and that says why", async () => {
    const store = open({ prefix: "torn" });
    const torn = function* () {
      yield* megabytes(130);
      throw new Error("the dump has died");
    };
    await expect(store.write("half", Readable.from(torn()))).rejects.toThrow("the dump has died");
    expect([await store.list(), await server.unfinished()]).toEqual([[], []]);
  });

  it("with its server is no file, says where to look, and its parts go later", async () => {
    const store = open({ prefix: "lost" });
    const killing = async function* () {
      yield* megabytes(130);
      await server.kill();
      yield* megabytes(65);
    };
    await expect(store.write("half", Readable.from(killing()))).rejects.toThrow(
      new RegExp(
        `^maestro:backups\\.endpoint: ${server.url} cannot be reached to write s3://backups/lost/shop-demo/half ` +
          "\\(E\\w+: .*\\); see that it runs and that this is its address, then try again$",
      ),
    );
    await server.startAgain();
    expect(await store.list()).toEqual([]);
    const key = `lost/${stack}/half`;
    expect(await server.unfinished()).toEqual([key]);
    await store.removeTorn!(new Date(0));
    await open({ prefix: "another" }).removeTorn!(new Date(Date.now() + 60_000));
    expect(await server.unfinished()).toEqual([key]);
    await store.removeTorn!(new Date(Date.now() + 60_000));
    expect(await server.unfinished()).toEqual([]);
  });
});

it("a server that goes away while a file is read is named", async () => {
  const store = open({ prefix: "read" });
  await store.write("long", Readable.from(megabytes(130)));
  const content = (await store.read("long"))!;
  const chunks = content[Symbol.asyncIterator]();
  await chunks.next();
  await server.kill();
  const drain = async () => {
    while (!(await chunks.next()).done) continue;
  };
  await expect(drain()).rejects.toThrow(
    `maestro:backups.endpoint: ${server.url} cannot be reached to read s3://backups/read/shop-demo/long`,
  );
  await server.startAgain();
});
