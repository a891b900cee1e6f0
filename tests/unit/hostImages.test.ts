import { Readable } from "node:stream";
import Docker from "dockerode";
import { ensureImages } from "../../host/images";

const IMAGE = `localhost:5000/maestro/shop@sha256:${"a".repeat(64)}`;

/** An engine without images, whose pull answers with these lines; null: it never ends. */
function engineThatSays(lines: readonly object[] | null, signals: AbortSignal[] = []): Docker {
  const engine = new Docker();
  const missing = Object.assign(new Error("no such image"), { statusCode: 404 });
  const answer =
    lines === null
      ? new Readable({ read: () => undefined })
      : Readable.from(lines.map((line) => `${JSON.stringify(line)}\n`));
  return Object.assign(engine, {
    getImage: () => ({ inspect: () => Promise.reject(missing) }),
    pull: (_: string, { abortSignal }: { abortSignal: AbortSignal }) => {
      signals.push(abortSignal);
      return Promise.resolve(answer);
    },
  });
}

describe("ensureImages", () => {
  it("fails where the pull fails after its answer has begun", async () => {
    const engine = engineThatSays([
      { status: "Pulling fs layer" },
      { errorDetail: { message: "unexpected EOF" }, error: "unexpected EOF" },
    ]);
    await expect(ensureImages(engine, [IMAGE])).rejects.toThrow(
      `image ${IMAGE} cannot be pulled: unexpected EOF`,
    );
  });

  it("pulls what is missing", async () => {
    const log = jest.spyOn(console, "log").mockImplementation();
    await ensureImages(engineThatSays([{ status: "Download complete" }]), [IMAGE]);
    expect(log).toHaveBeenCalledWith(`pulled ${IMAGE}`);
    log.mockRestore();
  });

  it("gives a pull up of which nothing comes for a minute, and ends it", async () => {
    jest.useFakeTimers();
    const signals: AbortSignal[] = [];
    const outcome = expect(ensureImages(engineThatSays(null, signals), [IMAGE])).rejects.toThrow(
      "nothing has come from the registry for 60 s; run the update again",
    );
    await jest.advanceTimersByTimeAsync(60_000);
    await outcome;
    expect(signals[0]?.aborted).toBe(true);
    jest.useRealTimers();
  });
});
