import { Duplex, PassThrough, Readable, Writable } from "node:stream";
import type Docker from "dockerode";
import { runInside } from "../../../host/execSession";

const SIZE = { columns: 111, rows: 33 };

/** An Engine whose command knows of no terminal at the first looks, and that notes what happens in which order. */
class FakeExec {
  readonly happened: string[] = [];
  private readonly outputs = new PassThrough();

  constructor(private refusals: number) {}

  get engine(): Docker {
    const exec = {
      start: () => Promise.resolve(this.stream()),
      resize: ({ w, h }: { w: number; h: number }) => this.resize(w, h),
      inspect: () => Promise.resolve({ ExitCode: 5 }),
    };
    return { getContainer: () => ({ exec: () => Promise.resolve(exec) }) } as unknown as Docker;
  }

  private stream(): Duplex {
    const inputs = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.happened.push(`typed ${chunk.toString()}`);
        this.outputs.end("bye");
        done();
      },
    });
    return Duplex.from({ readable: this.outputs, writable: inputs });
  }

  private resize(columns: number, rows: number): Promise<void> {
    this.refusals -= 1;
    if (this.refusals >= 0) return Promise.reject(new Error("no such exec"));
    this.happened.push(`resized ${columns}x${rows}`);
    return Promise.resolve();
  }

  /** Ends by itself, whatever is typed. */
  end(): void {
    this.outputs.end("early");
  }
}

function streamsOf(stdin: Readable) {
  const seen: string[] = [];
  const stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      seen.push(chunk.toString());
      done();
    },
  });
  const terminal = { size: () => SIZE, onResize: () => () => undefined };
  return { seen, streams: { stdin, stdout, stderr: stdout, terminal } };
}

const COMMAND = { command: ["sh"] };

it("gives a terminal its size before the first key, also where the Engine does not know the command yet", async () => {
  const exec = new FakeExec(3);
  const { seen, streams } = streamsOf(Readable.from(["ls\n"]));
  expect(await runInside(exec.engine, "web", COMMAND, streams)).toBe(5);
  expect(exec.happened).toEqual(["resized 111x33", "typed ls\n"]);
  expect(seen).toEqual(["bye"]);
});

it("types nothing late into a command that ends before it has a size", async () => {
  const exec = new FakeExec(Infinity);
  const { seen, streams } = streamsOf(Readable.from(["ls\n"]));
  setTimeout(() => exec.end(), 50);
  expect(await runInside(exec.engine, "web", COMMAND, streams)).toBe(5);
  expect([exec.happened, seen]).toEqual([[], ["early"]]);
});

it("goes on without a size where the Engine gives none", async () => {
  const exec = new FakeExec(Infinity);
  const { streams } = streamsOf(Readable.from(["ls\n"]));
  expect(await runInside(exec.engine, "web", COMMAND, streams)).toBe(5);
  expect(exec.happened).toEqual(["typed ls\n"]);
});
