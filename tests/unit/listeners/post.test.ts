import * as dns from "node:dns";
import { post } from "../../../listeners/post";

jest.mock("node:dns", () => ({ ...jest.requireActual<typeof dns>("node:dns"), lookup: jest.fn() }));

/** Answers questions for names, as a name server does that somebody else runs. */
function resolveTo(...addresses: readonly string[]): void {
  const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  jest
    .mocked(dns.lookup as unknown as jest.Mock)
    .mockImplementation(((
      _name: string,
      _options: object,
      done: (error: null, found: readonly object[]) => void,
    ) => done(null, found)) as never);
}

describe("a name in a channel's address", () => {
  it.each([
    ["a link-local address", ["169.254.169.254"]],
    ["one among others", ["198.51.100.7", "169.254.169.254"]],
    ["one in IPv6", ["fe80::1"]],
  ])("is not followed to %s", async (_what, addresses) => {
    resolveTo(...addresses);
    await expect(post("https://hooks.example.com/s3cret", "{}")).rejects.toThrow(
      /^the name leads to a link-local address, which is refused$/,
    );
  });
});
