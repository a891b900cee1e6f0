import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { PassThrough, Readable } from "node:stream";
import { openS3Store } from "../../../steps/backups/s3Store";
import { watchedBody } from "../../../steps/backups/watchedBody";

const environment = { ...process.env };
let server: Server | null = null;

afterEach(() => {
  process.env = { ...environment };
  server?.closeAllConnections();
  server?.close();
  server = null;
});

async function serve(answer: RequestListener): Promise<string> {
  const begun = createServer(answer);
  server = begun;
  await new Promise<void>((resolve) => begun.listen(0, "127.0.0.1", resolve));
  const login = { AWS_ACCESS_KEY_ID: "ada", AWS_SECRET_ACCESS_KEY: "secret" };
  Object.assign(process.env, login, { AWS_REGION: "eu-west-1" });
  return `http://127.0.0.1:${(begun.address() as AddressInfo).port}`;
}

describe("a store", () => {
  it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])(
    "that %s names knows buckets by path, and messages name it",
    async (variable) => {
      const asked: string[] = [];
      const url = await serve(({ url: path = "" }, response) => {
        asked.push(path);
        response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
      });
      process.env[variable] = url;
      const store = openS3Store({}, { bucket: "backups", prefix: "of" }, "shop");
      await expect(store.list()).rejects.toThrow(`maestro:backups.to: ${url} does not let`);
      expect(asked).toEqual(["/backups/?list-type=2&prefix=of%2Fshop%2F"]);
    },
  );

  it("that is none, and says that all is well, has kept nothing", async () => {
    const url = await serve((request, response) => {
      request.resume().on("end", () => response.writeHead(200).end("<html>welcome</html>"));
    });
    const store = openS3Store({ endpoint: url }, { bucket: "backups", prefix: "" }, "shop");
    await expect(store.write("dump", Readable.from(["all of it"]))).rejects.toThrow(
      `maestro:backups.to: ${url} cannot write s3://backups/shop/dump (no error of its own, Error: its answer has no ETag); see that ` +
        "an S3 store answers there",
    );
  });

  it("that takes a request and never answers is asked again, and given up", async () => {
    let requests = 0;
    const url = await serve(() => void (requests += 1));
    const store = openS3Store({ endpoint: url }, { bucket: "backups", prefix: "" }, "shop", 50);
    await expect(store.list()).rejects.toThrow(
      `maestro:backups.endpoint: ${url} cannot be reached to list s3://backups/shop/ (`,
    );
    expect(requests).toBe(5);
  });

  it("that cuts the line while a file is read is named, however often it was read well", async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("some", () => response.destroy());
    });
    const store = openS3Store({ endpoint: url }, { bucket: "backups", prefix: "" }, "shop");
    await expect(text((await store.read("dump"))!)).rejects.toThrow(
      `maestro:backups.endpoint: ${url} cannot be reached to read s3://backups/shop/dump`,
    );
  });
});

describe("what is read", () => {
  const explain = (error: unknown) => new Error(`read: ${(error as Error).message}`);

  it("may be read slowly, except that nothing comes while somebody waits", async () => {
    const body = new PassThrough();
    body.write("first");
    const chunks = watchedBody(body, 50, explain)[Symbol.asyncIterator]();
    await expect(chunks.next()).resolves.toMatchObject({ done: false });
    await expect(chunks.next()).rejects.toThrow("read: nothing came for 0.05 s");
    expect(body.destroyed).toBe(true);
  });
});
