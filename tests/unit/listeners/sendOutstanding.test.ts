import Ajv from "ajv";
import { SMTPServer } from "smtp-server";
import { Webhook } from "standardwebhooks";
import type { AddressInfo } from "node:net";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EventKind } from "../../../records/event";
import { StackRecords } from "../../../records/stackRecords";
import { sendOutstanding } from "../../../listeners/sendOutstanding";
import { TOLD, type ChannelSettings } from "../../../rules/notices/channels";
import { answers, ChannelServer } from "../../support/channelServer";
import { MemoryRecords } from "../../support/memoryRecords";

const ORIGIN = { at: new Date().toISOString(), by: "ci", commit: null };
const SECRET = `whsec_${Buffer.from("a secret of the channel").toString("base64")}`;
/** What a service refuses is nothing that its documentation shows. */
const SCHEMAS = {
  slack: {
    required: ["text", "blocks"],
    properties: { text: { type: "string" }, blocks: { type: "array", maxItems: 50 } },
  },
  discord: { required: ["embeds", "allowed_mentions"], properties: { embeds: { maxItems: 10 } } },
  teams: { required: ["type", "attachments"], properties: { type: { const: "message" } } },
  webhook: { required: ["type", "timestamp", "data"], properties: { type: { type: "string" } } },
  pagerduty: {
    required: ["routing_key"],
    properties: { routing_key: { const: "R0UTE" }, event_action: { enum: ["trigger", "resolve"] } },
  },
} as const;

let server: ChannelServer;
let records: StackRecords;
let waited: number[];

beforeEach(async () => {
  server = await ChannelServer.start();
  records = new StackRecords(new MemoryRecords(() => undefined));
  waited = [];
  Object.assign(process.env, { TEST_URL: server.url, TEST_SECRET: SECRET, TEST_ROUTE: "R0UTE" });
});

afterEach(async () => {
  await server.stop();
  for (const name of ["TEST_URL", "TEST_SECRET", "TEST_ROUTE"]) delete process.env[name];
});

const slack: ChannelSettings = { kind: "slack", name: "slack", events: TOLD, urlFrom: "TEST_URL" };

function send(channels: readonly ChannelSettings[], from = 1, root = "/") {
  const wait = (seconds: number) => {
    waited.push(seconds);
    return Promise.resolve();
  };
  const at = { stack: "production", source: "shop-production" };
  const isOurs = () => Promise.resolve(true);
  return sendOutstanding(records, at, channels, { root, from, wait, isOurs });
}

async function happen(...kinds: EventKind[]): Promise<void> {
  for (const kind of kinds) {
    await records.events.append({ kind, release: "a1b2c3d4e5f6", reason: "because", ...ORIGIN });
  }
}

describe("each channel", () => {
  it.each([
    ["slack", slack],
    ["discord", { ...slack, kind: "discord" }],
    ["teams", { ...slack, kind: "teams" }],
    ["webhook", { ...slack, kind: "webhook", secretFrom: "TEST_SECRET" }],
    ["pagerduty", { ...slack, kind: "pagerduty", routingKeyFrom: "TEST_ROUTE" }],
  ] as [keyof typeof SCHEMAS, ChannelSettings][])(
    "%s gets what its service takes",
    async (kind, channel) => {
      await happen("rejected");
      expect(await send([channel])).toMatchObject([{ failure: null }]);
      const [delivery] = server.deliveries;
      const isValid = new Ajv({ strict: false }).compile({ type: "object", ...SCHEMAS[kind] });
      expect([isValid(JSON.parse(delivery!.body)), isValid.errors]).toEqual([true, null]);
    },
  );

  it("a webhook's receiver can tell who has sent it", async () => {
    await happen("moved");
    await send([{ ...slack, kind: "webhook", secretFrom: "TEST_SECRET" }]);
    const { body, headers } = server.deliveries[0]!;
    const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>);
    expect(verified).toMatchObject({ data: { kind: "moved", number: 1 } });
    expect(() =>
      new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>),
    ).toThrow();
  });

  it("a mail has one subject, whatever the text", async () => {
    const mails: string[] = [];
    const smtp = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ["STARTTLS", "AUTH"] },
      onData: (stream, _session, done) => {
        let mail = "";
        stream.on("data", (chunk: Buffer) => (mail += chunk.toString()));
        stream.on("end", () => {
          mails.push(mail);
          done();
        });
      },
    });
    await new Promise<void>((resolve) => smtp.listen(0, "127.0.0.1", resolve));
    const { port } = smtp.server.address() as AddressInfo;
    try {
      await happen("rejected");
      const channel: ChannelSettings = {
        ...{ kind: "smtp", name: "smtp", events: TOLD, host: "127.0.0.1", port },
        ...{ from: "maestro@example.com", to: ["ops@example.com"] },
      };
      expect(await send([channel])).toMatchObject([{ failure: null }]);
      expect(mails[0]).toMatch(/^Subject: production: release a1b2c3d4e5f6 is rejected$/m);
      expect(mails[0]).toContain("because");
    } finally {
      await new Promise<void>((resolve) => smtp.close(resolve));
    }
  });

  it("a module of the project's own gets the notice", async () => {
    const root = mkdtempSync(path.join(tmpdir(), "maestro-notices-"));
    try {
      const module = "tell.js";
      const write = "require('fs').writeFileSync('told.txt', notice.title + ' ' + options.board)";
      writeFileSync(path.join(root, module), `exports.ask = (notice, options) => { ${write} };`);
      await happen("moved");
      const channel = { ...slack, kind: "module", module, options: { board: "OPS" } };
      expect(await send([channel as ChannelSettings], 1, root)).toMatchObject([{ failure: null }]);
      expect(readFileSync(path.join(root, "told.txt"), "utf8")).toMatch(/ serves OPS$/);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe("a channel that is in trouble", () => {
  it("is tried three times, waits as it is asked to, and is told in the end", async () => {
    await happen("moved");
    server.next.push(answers.status(429, { "retry-after": "7" }), answers.status(500));
    expect(await send([slack])).toMatchObject([{ failure: null }]);
    expect(waited).toEqual([7, 4]);
    expect(server.deliveries).toHaveLength(3);
  });

  it("is given up for this notice after that, is on record, and gets the next one", async () => {
    await happen("claimed");
    server.next.push(...Array<ReturnType<typeof answers.status>>(3).fill(answers.status(503)));
    expect(await send([slack])).toMatchObject([{ failure: "status 503" }]);
    expect(await records.notices.readCursor("slack")).toMatchObject({
      number: 1,
      failure: { says: "status 503" },
    });
    await happen("moved");
    expect(await send([slack])).toMatchObject([{ failure: null, notice: { kind: "moved" } }]);
    expect(await records.notices.readCursor("slack")).toEqual({ number: 2 });
  });

  it.each([
    ["refuses it", answers.status(400), "status 400"],
    [
      "leads elsewhere",
      answers.status(302, { location: "http://169.254.169.254/" }),
      "status 302, a redirect",
    ],
  ])("is not tried again where it %s", async (_what, answer, failure) => {
    await happen("moved");
    server.next.push(answer);
    expect(await send([slack])).toMatchObject([{ failure }]);
    expect(server.deliveries).toHaveLength(1);
  });

  it("does not hold up the others where it cuts the connection or hangs", async () => {
    await happen("moved");
    server.next.push(answers.cut, answers.cut, answers.hang);
    const start = performance.now();
    expect(await send([slack])).toMatchObject([{ failure: "no answer within 5 s" }]);
    expect(performance.now() - start).toBeLessThan(9_000);
  }, 15_000);

  it("is done with once it has said how it went, whatever else it says", async () => {
    await happen("moved");
    server.next.push((response) => void response.writeHead(200).write("and so on"));
    const start = performance.now();
    expect(await send([slack])).toMatchObject([{ failure: null }]);
    await server.idle();
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("says nothing of its address or of what is secret", async () => {
    await happen("moved");
    server.next.push(answers.status(404));
    const told = await send([slack]);
    expect(JSON.stringify(told)).not.toMatch(/s3cret|127\.0\.0\.1/);
  });

  it.each([
    ["http://169.254.169.254/latest", "the address is link-local"],
    ["http://hooks.example.com/x", "the address must begin with https://"],
    ["no address", "the address is no URL"],
  ])("is never sent to %s", async (url, says) => {
    process.env["TEST_URL"] = url;
    await happen("moved");
    expect((await send([slack]))[0]?.failure).toContain(says);
  });
});

describe("the outbox", () => {
  it("tells each event once, in order, and begins with what has happened since", async () => {
    await happen("claimed", "proven", "moved");
    await send([slack], 2);
    await send([slack], 2);
    expect(server.deliveries.map(({ body }) => /release \w+ \w+/.exec(body)?.[0])).toEqual([
      "release a1b2c3d4e5f6 serves",
    ]);
  });

  it("has the next deployer tell what this one could not", async () => {
    await happen("claimed", "moved");
    delete process.env["TEST_URL"];
    expect(await send([slack])).toMatchObject([
      { failure: "TEST_URL is not set here; set it for the next command" },
    ]);
    process.env["TEST_URL"] = server.url;
    await send([slack]);
    expect(server.deliveries).toHaveLength(2);
  });

  it("begins where the first sender was to, also when that one has told nothing", async () => {
    await happen("claimed", "moved");
    delete process.env["TEST_URL"];
    await send([slack], 1);
    process.env["TEST_URL"] = server.url;
    await send([slack], 2);
    expect(server.deliveries).toHaveLength(2);
  });

  it("stops where another program holds this one for dead", async () => {
    await happen("claimed", "moved");
    const isOurs = jest.fn().mockResolvedValueOnce(true).mockResolvedValue(false);
    await sendOutstanding(records, { stack: "p", source: "p" }, [slack], {
      ...{ root: "/", from: 1, isOurs },
      wait: () => Promise.resolve(),
    });
    expect(server.deliveries).toHaveLength(1);
  });
});
