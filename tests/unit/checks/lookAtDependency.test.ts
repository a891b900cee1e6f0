import { Duplex } from "node:stream";
import { lookAtDependency } from "../../../checks/dependencies/lookAtDependency";
import type { Dial } from "../../../checks/dependencies/dependencyLook";
import type { Dependency } from "../../../rules/health/dependency";
import { NoWayIn } from "../../../rules/host/asking";

const ADDRESSES: Readonly<Record<string, string>> = {
  DATABASE_URL: "postgresql://web:the-password@db/shop",
  REDIS_URL: "redis://:the-password@cache:6379/0\n",
};
const DEPENDENCIES: readonly Dependency[] = [
  { kind: "postgres", url: "DATABASE_URL" },
  { kind: "redis", url: "REDIS_URL" },
];
const read = (name: string) => Promise.resolve(ADDRESSES[name] ?? null);

/** A connection that fails with these words. */
const failing =
  (words: string): Dial =>
  () => {
    const write = (_chunk: unknown, _encoding: string, done: () => void) => done();
    const stream = new Duplex({ read: () => undefined, write });
    const socket = Object.assign(stream, {
      ...{ setNoDelay: () => stream, setKeepAlive: () => stream, connect: () => stream },
      ...{ ref: () => stream, unref: () => stream, setTimeout: () => stream },
    });
    setImmediate(() => socket.destroy(new Error(words)));
    return Promise.resolve(socket);
  };

describe.each(DEPENDENCIES)("a dependency of kind $kind", (dependency) => {
  it("is not known where nothing can be asked from inside of the network", async () => {
    const dial = () => Promise.reject(new NoWayIn("no image can be used"));
    expect(await lookAtDependency(dependency, dial, read)).toEqual({
      ...{ condition: "unknown", says: "no image can be used" },
    });
  });

  it("is bad where it cannot be reached, with the tool's reason alone", async () => {
    const dial = failing("nc: cannot connect to it (10.0.0.1): Connection refused\nnc: line 3");
    expect(await lookAtDependency(dependency, dial, read)).toEqual({
      condition: "bad",
      says: expect.stringMatching(/^\w+:\d+ cannot be reached: Connection refused$/) as string,
      mend: "start it, or let the stack's network in there",
    });
  });

  it("is bad where the service's containers lack the secret, and nothing is asked", async () => {
    const dial = jest.fn<ReturnType<Dial>, Parameters<Dial>>();
    const found = await lookAtDependency(dependency, dial, () => Promise.resolve(null));
    expect(found).toMatchObject({ condition: "bad", mend: "run `pulumi up`, which delivers it" });
    expect(dial).not.toHaveBeenCalled();
  });

  it("never has the secret in its words", async () => {
    const words = `it is ${Object.values(ADDRESSES).join(" or ")}`;
    const { says } = await lookAtDependency(dependency, failing(words), read);
    expect(says).toContain("(hidden)");
    expect(says).not.toContain(dependency.kind === "redis" ? "redis://" : "postgresql://");
  });
});
