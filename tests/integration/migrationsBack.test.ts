import { DJANGO, djangoDatabase, pushDjango } from "../support/djangoDatabase";
import { derive, MigrationStack, SERVICE } from "../support/migrationStack";
import { corrected, forked, joined, reading } from "../support/migrationVersions";
import { succeed } from "../support/testStack";

jest.setTimeout(900_000);

const stack = new MigrationStack("itest-migback");
/** A set may only be stopped once its requests have ended; a first request opens the database connection. */
const DRAIN_SECONDS = 5;
const ROUTE = { readTimeoutSeconds: DRAIN_SECONDS };
const images: Record<string, string> = {};
const django: Record<number, string> = {};

beforeAll(async () => {
  for (const name of ["first", "expanded", "indexed"]) images[name] = await derive(name);
  images["forked"] = await derive("forked", forked());
  images["joined"] = await derive("joined", joined());
  images["reading"] = await derive("reading", reading());
  images["corrected"] = await derive("corrected", corrected());
  for (const migrations of [1, 2] as const) django[migrations] = await pushDjango(migrations);
  stack.others = { [DJANGO]: djangoDatabase({ route: ROUTE }) };
  await stack.begin();
});

afterAll(() => stack.end());

function use(image: string, migrations: 1 | 2, keepPrevious = "warm", settings: object = {}) {
  stack.rollout = { keepPrevious, drainSeconds: DRAIN_SECONDS };
  stack.use({ [SERVICE]: images[image]!, [DJANGO]: django[migrations]! }, settings, 90, {
    route: ROUTE,
  });
}

function release(...args: Parameters<typeof use>): Promise<string> {
  use(...args);
  return succeed(stack.up());
}

async function served(): Promise<string | undefined> {
  const answer = await fetch(`${stack.url}/${SERVICE}/version`);
  return ((await answer.json()) as { digest: string }).digest;
}

interface Status {
  service: string;
  present: string[];
  upToDate: boolean | null;
  note: string | null;
}

describe("going back over compatible migrations", () => {
  it("works two releases later, when nothing of the old set is left", async () => {
    await release("first", 1);
    await stack.post(stack.url, "by the first");
    await release("expanded", 2, "stopped");
    await release("indexed", 2, "stopped");
    expect(await stack.revision()).toBe("0003");
    use("first", 1, "removed");
    const { output } = await stack.preview();
    expect(output).toMatch(/its database is at 0003; that is later than what this release knows/);
    expect(output).not.toContain("pending: 0001");
    expect(output).toMatch(/shop: runs `python3 manage.py migrate --no-input`/);
    const back = await succeed(stack.up());
    expect(back).toContain(`${SERVICE}: at revision 0003, nothing to migrate`);
    expect(await served()).toBe(images["first"]);
    expect(await stack.revision()).toBe("0003");
    expect(await stack.jobs(stack.url)).toEqual(["by the first"]);
  });

  it("works over the next release, too, and with a backup before each migration", async () => {
    const output = await release("expanded", 2, "removed", { backup: "always" });
    expect(output).toMatch(/automation-service: backup \S+\.dump/);
    expect(output).toMatch(/shop: backup \S+\.dump/);
    expect(await served()).toBe(images["expanded"]);
  });

  it("leaves all commands usable, in words that fit", async () => {
    const [automation, shop] = await stack.migrate<Status[]>("status");
    expect(automation).toMatchObject({ present: ["0003"], upToDate: true });
    expect(automation?.note).toMatch(/^later than the image that serves knows, and compatible/);
    expect(shop).toMatchObject({ present: [], upToDate: null });
    expect(shop?.note).toMatch(/is not `alembic upgrade`, so only that can tell/);
    use("first", 1, "removed");
    const plans = await stack.migrate<{ sql: string | null; note: string }[]>("plan");
    expect(plans).toMatchObject([
      { sql: "", note: "later than its image knows, and compatible: nothing is run" },
      { sql: null },
    ]);
    expect(await stack.migrate("history")).toMatchObject({
      [DJANGO]: expect.stringContaining("is not `alembic upgrade`") as string,
    });
  });

  it("ends where an image brings a revision that cannot be run there", async () => {
    use("corrected", 2);
    const { exitCode, output } = await stack.preview();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(
      /its image brings revision fix, which cannot be run: its database is at revision 0003.*--to 0001/s,
    );
  });
});

describe("going down", () => {
  it("undoes what the serving image does not know in the image that brought it, and says so first", async () => {
    const down = ["down", "--service", SERVICE];
    await expect(stack.migrate(...down, "--to", "nope")).rejects.toThrow(
      /--to: nope is no revision of its image; choose one of:\s+--to 0002: undoes 0003 \(index on state/,
    );
    expect(await stack.migrate(...down, "--to", "0001", "--preview")).toEqual([
      { service: SERVICE, before: ["0003"], after: ["0001"], undone: ["0003", "0002"] },
    ]);
    expect(await stack.revision()).toBe("0003");
    expect(await stack.migrate(...down)).toEqual([
      { service: SERVICE, before: ["0003"], after: ["0002"], undone: ["0003"] },
    ]);
    expect(await stack.revision()).toBe("0002");
  });

  it("is refused in words where the migration is another tool's", async () => {
    await expect(stack.migrate("down", "--service", DJANGO)).rejects.toThrow(
      /shop: is migrated by `python3 manage.py migrate --no-input`, which is not `alembic upgrade`/,
    );
  });
});

describe("two lines of revisions", () => {
  it("are refused before anything is touched, in preview too, while the command upgrades to one", async () => {
    use("forked", 2);
    const before = [...(await stack.containers())];
    const wanted =
      /its image has more than one newest revision, (side|0003).*`alembic upgrade head` would fail; join them with `npm run migrate -- merge/;
    expect((await stack.preview()).output).toMatch(wanted);
    const { exitCode, output } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(wanted);
    expect([...(await stack.containers())]).toEqual(before);
    expect(await stack.revision()).toBe("0002");
    await expect(stack.migrate("plan")).rejects.toThrow(wanted);
  });

  it("go up and down by name once Alembic has joined them", async () => {
    const output = await release("joined", 2);
    expect(output).toContain(`${SERVICE}: migrated from 0002 to joined`);
    const down = ["down", "--service", SERVICE];
    await expect(stack.migrate(...down)).rejects.toThrow(
      /-n 1: what would be undone is a merge of (0003 and side|side and 0003).*--to (0003|side): undoes joined/s,
    );
    expect(await stack.migrate(...down, "--to", "0003")).toMatchObject([
      { before: ["joined"], after: expect.arrayContaining(["0003", "side"]) as string[] },
    ]);
    expect(await stack.sql("SELECT count(*) FROM alembic_version")).toBe("2");
    await expect(stack.migrate(...down)).rejects.toThrow(/its database is at (0003|side) and/);
    const [plan] = await stack.migrate<{ sql: string }[]>("plan", "--service", SERVICE);
    expect(plan?.sql).toContain("-> joined");
    expect(plan?.sql).not.toContain("-> side");
    expect(plan?.sql).not.toContain("-> 0003");
    expect(await stack.migrate(...down, "--to", "0002")).toMatchObject([{ after: ["0002"] }]);
    expect(await stack.migrate("up", "--service", SERVICE)).toMatchObject([{ after: ["joined"] }]);
  });

  it("are backed up before a revision of which there is no SQL", async () => {
    const output = await release("reading", 2);
    expect(output).toMatch(/automation-service: backup \S+\.dump, since its SQL cannot be told/);
    expect(await stack.revision()).toBe("reads");
    const down = ["down", "--service", SERVICE, "--to", "joined"];
    expect(await stack.migrate(...down)).toMatchObject([{ after: ["joined"] }]);
  });

  it("keep a rollback from beginning that would fail on their merge", async () => {
    const { history, release: now } = await stack.outputs();
    const earlier = history.find(({ digests }) => digests[SERVICE] === images["expanded"]);
    const rollback = await stack.operation("rollback", "--to", earlier!.release);
    expect(rollback.exitCode).not.toBe(0);
    expect(rollback.output).toMatch(/is refused: its database is at revision joined/);
    expect((await stack.up("--expect-no-changes")).exitCode).toBe(0);
    expect((await stack.outputs()).release.id).toBe(now.id);
  });
});

describe("a backup of a service with another tool's migrations", () => {
  it("is put back", async () => {
    const [made] = await stack.migrate<{ file: string }[]>("backup", "--service", DJANGO);
    const restored = stack.migrate("restore", "--service", DJANGO, "--file", made!.file);
    expect(await restored).toMatchObject({ service: DJANGO });
    const answer = await fetch(`${stack.url}/${DJANGO}/names`);
    expect(await answer.json()).toEqual({ names: [] });
  });
});
