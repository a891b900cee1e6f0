import { CACHE, StatefulStack } from "../support/statefulStack";
import { succeed } from "../support/testStack";

jest.setTimeout(300_000);
const stack = new StatefulStack("itest-stateful");

beforeAll(() => stack.begin());
afterAll(() => stack.end());

describe("a stateful service", () => {
  it("is there before the first release, and services reach it by its plain name", async () => {
    stack.use({});
    console.log(await succeed(stack.up()));
    expect(await stack.redisFromWeb("PING")).toBe("+PONG");
    expect(await stack.redis("SET", "order", "4711")).toBe("OK");
    await succeed(stack.up("--expect-no-changes"));
  });
  it("is", async () => {
    const { Id } = await stack.inspect();
    stack.nextRelease({ image: stack.images[1] });
    console.log(await succeed(stack.up()));
    expect((await stack.inspect()).Id).toBe(Id);
    console.log(await succeed(stack.stateful("update", CACHE)));
    expect(await stack.redisFromWeb("GET order")).toBe("$4\r\n4711");
    console.log(await stack.volumes(), (await stack.host.records.events.list()).map((e) => [e.kind, e.reason]));
    console.log(await succeed(stack.destroy()));
  });
});
