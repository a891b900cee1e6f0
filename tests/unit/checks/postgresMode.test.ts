import { openByMode } from "../../../checks/dependencies/postgres";

const UNCHECKED = { rejectUnauthorized: false };
/** What `pg` says of a server without TLS. */
const NO_TLS = "The server does not support SSL connections";

/** What is tried with a server, in order, and how it ends. */
async function tried(mode: string | null, hasTls: boolean): Promise<unknown[]> {
  const tries: unknown[] = [];
  const open = (ssl: unknown) => {
    tries.push(ssl);
    return ssl !== false && !hasTls ? Promise.reject(new Error(NO_TLS)) : Promise.resolve("open");
  };
  const end = await openByMode(open, mode).catch((error: Error) => error.message);
  return [...tries, end];
}

it.each([
  [null, true, [UNCHECKED, "open"]],
  [null, false, [UNCHECKED, false, "open"]],
  ["prefer", false, [UNCHECKED, false, "open"]],
  ["disable", true, [false, "open"]],
  ["require", true, [UNCHECKED, "open"]],
  ["require", false, [UNCHECKED, NO_TLS]],
  ["verify-full", true, [true, "open"]],
  ["verify-full", false, [true, NO_TLS]],
])("sslmode %s of a server whose TLS is %s", async (mode, hasTls, wanted) => {
  expect(await tried(mode, hasTls)).toEqual(wanted);
});

it("sends no password in the clear after a login that was refused", async () => {
  const open = jest.fn().mockRejectedValue(new Error("password authentication failed"));
  await expect(openByMode(open, null)).rejects.toThrow("password authentication failed");
  expect(open.mock.calls).toEqual([[UNCHECKED]]);
});
