import { once } from "node:events";
import { Duplex, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type Docker from "dockerode";
import { localHost } from "../../../host/localHost";
import type { Host } from "../../../host/host";
import type { OtherDatabase } from "../../../rules/backups/backupSettings";
import type { BackupSource } from "../../../steps/backups/backupSource";
import type { BackupStore } from "../../../steps/backups/backupStore";
import { dumpOthers, runCommand } from "../../../steps/backups/otherDatabases";
import { modelRelease, placedRelease } from "../../support/releases";

const STDOUT = 1;
/** How a container's command behaves, in order; it ends where the last one is `exit`. */
type Script = readonly ("output" | "close" | "exit")[];
let removed: number;
let kept: Record<string, string>;

beforeEach(() => {
  removed = 0;
  kept = {};
});

/** An engine with one kind of container: what it writes, and whether it ever ends. */
function hostWith(script: Script): Host {
  const frame = (words: string) => {
    const head = Buffer.alloc(8);
    head[0] = STDOUT;
    head.writeUInt32BE(words.length, 4);
    return Buffer.concat([head, Buffer.from(words)]);
  };
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => done(),
  });
  const container = {
    attach: () => Promise.resolve(stream),
    wait: () => (script.includes("exit") ? Promise.resolve({ StatusCode: 0 }) : new Promise(never)),
    start: () => {
      if (script.includes("output")) stream.push(frame("half a dump"));
      if (script.includes("close") || script.includes("exit")) stream.push(null);
      return Promise.resolve();
    },
    // As the Engine does: while somebody is attached and does not read, nothing can be removed.
    remove: async () => {
      if (!stream.readableEnded && !stream.destroyed) await once(stream, "close");
      removed += 1;
    },
  };
  const engine = {
    createContainer: () => Promise.resolve(container),
    getImage: () => ({ inspect: () => Promise.resolve({ Config: {} }) }),
  };
  return { ...localHost, engine: () => Promise.resolve(engine as unknown as Docker) };
}

const never = () => undefined;

/** A file is there whole, or not at all. */
const store: BackupStore = {
  nameOf: (file) => file,
  write: async (file, content) => {
    const whole = await text(content);
    kept[file] = whole;
  },
  read: () => Promise.resolve(null),
  list: () => Promise.resolve(Object.keys(kept)),
  remove: (file) => {
    delete kept[file];
    return Promise.resolve();
  },
};

function sourceWith(cache: OtherDatabase): BackupSource {
  const record = placedRelease(modelRelease({ web: 1 }));
  const settings = { to: "/b", recipients: [], keep: { count: 1 }, before: "never" } as const;
  return {
    ...{ stack: "demo", prefix: "shop-demo", directory: "/d", color: "blue", record },
    secrets: { store: "file", directory: "/run/s" } as unknown as BackupSource["secrets"],
    settings: { ...settings, databases: { cache } },
  };
}

const dump = ["redis-cli", "--rdb", "-"];
const target = { store, name: "20261130T120000Z-3f2a", recipients: [] };

describe("a command of a database", () => {
  it("that ends in time is heard to its end", async () => {
    const source = sourceWith({ service: "web", dump, timeoutSeconds: 60 });
    await dumpOthers(hostWith(["output", "exit"]), source, target);
    expect([Object.values(kept), removed]).toEqual([["half a dump"], 1]);
  });

  it.each<[string, Script]>([
    ["writes and hangs", ["output"]],
    ["writes nothing and hangs", []],
    ["closes its output and stays", ["output", "close"]],
  ])("that %s is stopped when its time is up, and says so", async (_what, script) => {
    const source = sourceWith({ service: "web", dump, timeoutSeconds: 0.05 });
    await expect(dumpOthers(hostWith(script), source, target)).rejects.toThrow(
      "database cache: `redis-cli --rdb -` has not ended within 0.05 s, so it was stopped; see what it waits for, or give " +
        "it longer by maestro:backups.databases.cache.timeoutSeconds",
    );
    expect([kept, removed]).toEqual([{}, 1]);
  });

  it("is ended where its dump cannot be stored, however much of it is still to come", async () => {
    const source = sourceWith({ service: "web", dump });
    const full = { ...store, write: () => Promise.reject(new Error("no space left")) };
    const dumped = dumpOthers(hostWith(["output"]), source, { ...target, store: full });
    await expect(dumped).rejects.toThrow("no space left");
    expect(removed).toBe(1);
  });

  it("that takes a dump is stopped, too", async () => {
    const source = sourceWith({ service: "web", dump, timeoutSeconds: 0.05 });
    const restore = { command: ["restore"], input: Readable.from(["a dump"]) };
    await expect(runCommand(hostWith([]), source, "cache", restore)).rejects.toThrow(
      "database cache: `restore` has not ended within 0.05 s",
    );
    expect(removed).toBe(1);
  });
});
