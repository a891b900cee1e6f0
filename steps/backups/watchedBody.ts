import { Readable } from "node:stream";

/**
 * What a store sends, as it comes. Who reads slowly may: only a store that sends nothing for too long while somebody
 * waits has failed.
 *
 * @param explain says what an error means, that of a connection that was cut too.
 */
export function watchedBody(
  body: Readable,
  silenceMilliseconds: number,
  explain: (error: unknown) => Error,
): Readable {
  return Readable.from(watch(body, silenceMilliseconds, explain), { objectMode: false });
}

async function* watch(
  body: Readable,
  silenceMilliseconds: number,
  explain: (error: unknown) => Error,
): AsyncGenerator<Buffer> {
  const stalled = Object.assign(new Error(`nothing came for ${silenceMilliseconds / 1000} s`), {
    code: "ETIMEDOUT",
  });
  const begin = () => setTimeout(() => body.destroy(stalled), silenceMilliseconds);
  let timer = begin();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(timer);
      yield chunk;
      timer = begin();
    }
  } catch (error) {
    throw explain(error);
  } finally {
    clearTimeout(timer);
  }
}
