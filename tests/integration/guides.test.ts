import { blocksToRun, type RunPage } from "../support/guideBlocks";
import { GuideStack } from "../support/guideStack";
import { restoreDisk, TROUBLES } from "../support/guideTroubles";
import type { FencedBlock } from "../support/markdown";
import { SteadyUsers } from "../support/steadyUsers";

jest.setTimeout(300_000);

/** After the runbook, which leaves a stack that serves and has some history. */
const OTHERS: readonly RunPage[] = [
  ...(["docs/alerts.md", "docs/delivery.md", "docs/operations.md", "docs/report.md"] as const),
  "docs/traffic.md",
];
const RUNBOOK: RunPage = "docs/runbook.md";
/** An id that other pages have for whichever release serves. */
const ANY_RELEASE = "a23456789abc";
/** Headings of the runbook whose trouble users get something of. */
const HURTS = ["A release that is taken back", "Both sets are bad"];
const PER_SECOND = 40;

let guide: GuideStack;
let users: SteadyUsers;

beforeAll(async () => {
  guide = await GuideStack.create();
  users = new SteadyUsers(`${guide.stack.url}/web/get`, PER_SECOND);
  users.start();
});

afterAll(async () => {
  await users.stop();
  restoreDisk(guide);
  await guide.remove();
});

describe("docs/runbook.md", () => {
  const blocks = blocksToRun(RUNBOOK);
  const headings = [...new Set(blocks.map(({ heading }) => heading))];

  it("has all headings that the test makes trouble for", () => {
    const known = headings.flatMap((heading) =>
      under(heading).map((_, number) => `${heading} ${number}`),
    );
    expect(Object.keys(TROUBLES).filter((key) => !known.includes(key))).toEqual([]);
  });

  it.each(headings)("is right under %s", async (heading) => {
    users.take();
    for (const [number, block] of under(heading).entries()) {
      const meanwhile = await TROUBLES[`${heading} ${number}`]?.(guide);
      const [difference] = await Promise.all([guide.follow(block), meanwhile?.()]);
      expect(difference).toBeNull();
    }
    const { requests, failed } = users.take();
    expect(requests).toBeGreaterThan(0);
    if (!HURTS.includes(heading)) expect(failed).toBe(0);
  });

  function under(heading: string): FencedBlock[] {
    return blocks.filter((block) => block.heading === heading);
  }
});

describe("other pages", () => {
  beforeAll(() => {
    guide.instance.write("tell.js", "exports.ask = () => null;");
    guide.set({});
    guide.configure({ notices: { channels: [{ kind: "module", module: "tell.js" }] } });
  });

  it.each(OTHERS)("%s has commands that work as they stand", async (page) => {
    await guide.nameServing(ANY_RELEASE);
    for (const block of blocksToRun(page)) expect(await guide.follow(block)).toBeNull();
  });
});
