import { getEventListeners, getMaxListeners } from "node:events";
import { Readable } from "node:stream";
import Docker from "dockerode";
import { ensureImages } from "../../../host/images";

const IMAGE = `localhost:5000/maestro/shop@sha256:${"a".repeat(64)}`;

/** An engine without images, whose pulls answer with these streams in turn. */
function engineThatAnswers(answers: Readable[], signals: AbortSignal[] = []): Docker {
  const missing = Object.assign(new Error("no such image"), { statusCode: 404 });
  return Object.assign(new Docker(), {
    getImage: () => ({ inspect: () => Promise.reject(missing) }),
    pull: (_: string, { abortSignal }: { abortSignal: AbortSignal }) => {
      signals.push(abortSignal);
      return Promise.resolve(answers.shift());
    },
  });
}

function engineThatSays(lines: readonly object[]): Docker {
  return engineThatAnswers([Readable.from(lines.map((line) => `${JSON.stringify(line)}\n`))]);
}

const silent = () => new Readable({ read: () => undefined });

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

  it("has Node warn of no leak, however many images are missing", async () => {
    const log = jest.spyOn(console, "log").mockImplementation();
    const images = Array.from({ length: 20 }, (_, index) => IMAGE.replace("shop", `shop-${index}`));
    const answers = images.map(() => Readable.from(['{"status":"Download complete"}\n']));
    const signals: AbortSignal[] = [];
    await ensureImages(engineThatAnswers(answers, signals), images);
    const [signal] = signals;
    expect(getEventListeners(signal!, "abort").length).toBeGreaterThan(10);
    expect(getMaxListeners(signal!)).toBe(Infinity);
    log.mockRestore();
  });

  it("gives a pull up of which nothing comes for a minute, and ends it", async () => {
    jest.useFakeTimers();
    const signals: AbortSignal[] = [];
    const engine = engineThatAnswers([silent()], signals);
    const outcome = expect(ensureImages(engine, [IMAGE])).rejects.toThrow(
      "nothing has come from the registry for 60 s; run the update again",
    );
    await jest.advanceTimersByTimeAsync(60_000);
    await outcome;
    expect(signals[0]?.aborted).toBe(true);
    jest.useRealTimers();
  });

  it("lets an image wait for as long as another one comes", async () => {
    jest.useFakeTimers();
    const log = jest.spyOn(console, "log").mockImplementation();
    const [coming, waiting] = [silent(), silent()];
    const engine = engineThatAnswers([coming, waiting]);
    const done = ensureImages(engine, [IMAGE, IMAGE.replace("shop", "other")]);
    for (let minute = 0; minute < 3; minute += 1) {
      await jest.advanceTimersByTimeAsync(50_000);
      coming.push('{"status":"Downloading"}\n');
    }
    coming.push(null);
    waiting.push(null);
    await jest.advanceTimersByTimeAsync(1);
    await done;
    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
    jest.useRealTimers();
  });
});
