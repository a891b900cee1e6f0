import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { deriveRelease } from "../../tests/support/derivedImages";
import { builtImages, TestStack } from "../../tests/support/testStack";
import { packageRoot } from "../../config/project";
import { stateRoot } from "../../config/paths";
import type { Context } from "../context";
import { Samples, type Measurement, type Unit } from "../measurement";
import { NullProvider } from "../nullProvider";
import { PretendedHost } from "../pretendedHost";
import { timedRun, type TimedRun } from "../timedRun";

const SIZES = [5, 50, 500, 1000] as const;
/** So many take minutes: measured once. */
const LARGEST = 1000;
const KILOBYTE = 1000;
/** Hundreds of services take minutes, so this part warms up with the fewest ones and does not repeat much. */
const MOST_ROUNDS = 2;
/** Growth counts as linear while a service among hundreds costs at most this much more than one among tens. */
const MOST_GROWTH = 1.5;

type Size = (typeof SIZES)[number];
type Kind = "preview" | "memory" | "noOp" | "rollback" | "state";
type Name = `${Kind} ${Size}`;

/** What the largest stack may take: seconds, megabytes. */
const MOST: Readonly<Partial<Record<Kind, number>>> = { preview: 60, noOp: 90, memory: 2000 };

/** What a service costs when there are few, dozens and hundreds: in time, in memory and in the state. */
export async function scale(context: Context): Promise<Measurement[]> {
  const provider = await NullProvider.start();
  const [image = "", digest = ""] = Object.entries(builtImages().release)[0] ?? [];
  const derived = await deriveRelease({ [image]: digest }, "scale");
  const digests = [digest, derived[image] ?? ""] as const;
  const stackOf = (size: Size) => new ScaleStack(size, provider, image, digests);
  try {
    await measureSize(stackOf(SIZES[0]), SIZES[0], new Samples<Name>());
    const samples = new Samples<Name>();
    const counted = Math.min(MOST_ROUNDS, Math.max(1, context.rounds.count - 1));
    for (let round = 0; round < counted; round += 1) {
      for (const size of SIZES.filter((each) => round === 0 || each < LARGEST)) {
        await measureSize(stackOf(size), size, samples);
      }
    }
    return [
      ...rows("preview of %, nothing there yet", "s", "preview", samples),
      ...rows("preview of %, peak memory of all processes", "MB", "memory", samples),
      ...rows("no-op update of %, without containers", "s", "noOp", samples),
      ...rows("warm rollback of %, without containers", "s", "rollback", samples),
      ...rows("state of %", "kB", "state", samples),
    ];
  } finally {
    provider.stop();
  }
}

async function measureSize(stack: ScaleStack, size: Size, round: Samples<Name>): Promise<void> {
  try {
    await stack.create();
    const preview = await stack.run(["preview"]);
    round.add(`preview ${size}`, preview.seconds);
    round.add(`memory ${size}`, preview.peakMegabytes);
    await stack.serveFirst();
    round.add(`noOp ${size}`, (await stack.up("--expect-no-changes")).seconds);
    round.add(`rollback ${size}`, (await stack.rollBack()).seconds);
    round.add(`state ${size}`, stack.stateBytes() / KILOBYTE);
  } finally {
    await stack.remove();
  }
}

/** A row for each size, one for the cost of a further service, and whether that stays the same. */
function rows(title: string, unit: Unit, kind: Kind, samples: Samples<Name>): Measurement[] {
  const of = (size: Size) => samples.of(`${kind} ${size}`);
  const [few, dozens] = SIZES;
  const perService = (from: Size, to: Size) =>
    of(to).map((value, round) => (value - (of(from)[round] ?? NaN)) / (to - from));
  const early = perService(few, dozens);
  return [
    ...SIZES.map((size) => ({
      name: title.replace("%", `${size} services`),
      unit,
      samples: of(size),
      summary: "median" as const,
      ...(size === LARGEST && MOST[kind] !== undefined ? { atMost: MOST[kind] } : {}),
    })),
    {
      name: `a service among ${LARGEST} / a service among ${dozens}`,
      unit: "x",
      samples: perService(dozens, LARGEST).map((value, round) => value / (early[round] ?? NaN)),
      summary: "median",
      atMost: MOST_GROWTH,
    },
  ];
}

/** A stack of many services, which are all the same image under made-up names. No container is ever made. */
class ScaleStack {
  private readonly stack = new TestStack("bench-scale");
  private readonly servicesFile: string;
  private host: PretendedHost | null = null;

  /** @param digests of the first release and of the second. */
  constructor(
    private readonly size: Size,
    private readonly provider: NullProvider,
    private readonly image: string,
    private readonly digests: readonly [string, string],
  ) {
    this.servicesFile = path.join(stateRoot(), "bench", `services-${size}.yaml`);
  }

  async create(): Promise<void> {
    const services = Object.fromEntries(this.names.map((name) => [name, {}]));
    const defaults = { port: 8000, repository: `localhost:5000/maestro/${this.image}` };
    mkdirSync(path.dirname(this.servicesFile), { recursive: true });
    writeFileSync(this.servicesFile, stringify({ defaults, services }));
    await this.stack.create(this.config(0));
  }

  async serveFirst(): Promise<void> {
    await this.up();
    this.host = await PretendedHost.start(this.stack);
    await this.host.catchUp();
  }

  /** The second release, then back to the first one, which is warm by then. @returns the way back. */
  async rollBack(): Promise<TimedRun> {
    this.stack.configure(this.config(1));
    await this.up();
    await this.host?.catchUp();
    this.stack.configure(this.config(0));
    const run = await this.up();
    if (!run.output.includes("only the traffic moves")) throw new Error(run.output);
    return run;
  }

  private get names(): string[] {
    return Array.from({ length: this.size }, (_, index) => `service-${index}`);
  }

  private config(release: 0 | 1) {
    const digests = this.names.map((name) => [name, this.digests[release]]);
    return { servicesFile: this.servicesFile, release: Object.fromEntries(digests) as object };
  }

  /** With the real plugins: for previews alone. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const options = { cwd: packageRoot(), env: { ...this.stack.environment, ...env } };
    return timedRun("pulumi", [...args, "--stack", this.stack.name], options, true);
  }

  up(...args: string[]) {
    const all = ["up", "--yes", "--skip-preview", "--suppress-outputs", ...args];
    const env = this.provider.environment(["docker", "command"]);
    // Else the whole state is written at each of hundreds of steps, which is no longer about services.
    return this.run(all, { ...env, PULUMI_SKIP_CHECKPOINTS: "true", PULUMI_EXPERIMENTAL: "true" });
  }

  stateBytes(): number {
    const url = this.stack.environment["PULUMI_BACKEND_URL"] ?? "";
    const file = `.pulumi/stacks/maestro/${this.stack.name}.json`;
    return statSync(path.join(url.replace("file://", ""), file)).size;
  }

  async remove(): Promise<void> {
    this.host?.stop();
    rmSync(this.servicesFile, { force: true });
    await this.stack.remove();
  }
}
