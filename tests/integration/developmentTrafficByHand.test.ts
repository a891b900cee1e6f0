import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { EdgeStack } from "../support/edgeStack";
import { flaskService } from "../support/foreignServices";
import { killTree } from "../support/processTree";
import { installPythonTool } from "../support/pythonTool";
import { succeed } from "../support/testStack";
import type { StackStatus } from "../../operations/shared/stackStatus";
import { packageRoot } from "../../config/project";

jest.setTimeout(300_000);

const stack = new EdgeStack("itest-by-hand");
const URL = `${stack.url}/web/echo`;
const TESTER = "198.51.100.77";
const TESTER_6 = "2001:db8::77";
const OTHER = "198.51.100.78";
const PROXIES = { trustedProxies: ["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12"] };
let python: string;

beforeAll(async () => {
  python = path.join(await installPythonTool("httpx", "httpx==0.28.1"), "bin/python3");
  await stack.begin({ web: flaskService() }, PROXIES, ["python"]);
});
afterAll(() => stack.remove());

/** What curl gets: the status, and all that came. */
async function curl(client: string, ...more: string[]): Promise<{ status: string; all: string }> {
  const args = [
    "--silent",
    "--include",
    "--max-time",
    "60",
    "--header",
    `X-Forwarded-For: ${client}`,
  ];
  const { stdout } = await execa("curl", [...args, ...more, URL]);
  return { status: stdout.split(" ")[1]!, all: stdout };
}

const statusOf = async (client: string) => (await curl(client)).status;

interface Posted {
  readonly said: Readonly<Record<string, number>>;
  /** How many of them took longer than a second. */
  readonly waited: number;
  readonly longest: number;
}

/** Clients that post by httpx, none of which tries again. */
function posting(perSecond: number, seconds: number): Promise<Posted> {
  const program = path.join(packageRoot(), "tests/support/pausedClients.py");
  return execa(python, [program, URL, String(perSecond), String(seconds)]).then(
    ({ stdout }) => JSON.parse(stdout) as Posted,
  );
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error("it has not come to that within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const lastKinds = async (count: number) =>
  (await stack.host.records.events.list()).slice(-count).map(({ kind }) => kind);

describe("maintenance", () => {
  it("gives users a page, and testers the services, also while a release goes on", async () => {
    const page = path.join(stack.directory, "soon.html");
    writeFileSync(page, "<h1>back at nine</h1>\n");
    const on = await succeed(
      stack.operation(
        ...["maintenance on", "--for", "10m", "--retry-after", "300", "--page", page],
        ...["--allow", TESTER, "2001:DB8:0::77", "--reason", "a new disk"],
      ),
    );
    expect(on).toMatch(
      /^itest-by-hand: maintenance until \S+Z \(10 min left\), except for 198\.51\.100\.77, 2001:db8::77, by .*: a new disk/,
    );
    const shown = await curl(OTHER, "--header", "Accept: text/html,application/xhtml+xml");
    expect(shown.all).toMatch(
      /^HTTP\/1\.1 503 [^]*Content-Type: text\/html\r\n[^]*Retry-After: 300\r\n/,
    );
    expect(shown.all).toContain("<h1>back at nine</h1>");
    const json = await curl(OTHER, "--data", "a=1");
    expect(json.all).toMatch(/Content-Type: application\/json[^]*Retry-After: 300\r\n/);
    expect(json.all).toContain('{"error":"maintenance; try again later"}');
    // Whoever says that it is maestro gets no more than others.
    expect((await curl(OTHER, "--header", "X-Maestro-Probe: 1")).status).toBe("503");
    expect([await statusOf(TESTER), await statusOf(TESTER_6)]).toEqual(["200", "200"]);
    const { reason, service } = (await stack.accessLog()).findLast(({ status }) => status === 503)!;
    expect([reason, service]).toEqual(["maintenance; try again later", ""]);

    const before = await stack.host.edge.readActiveColor();
    await succeed(stack.operation("restart"));
    expect(await stack.host.edge.readActiveColor()).not.toBe(before);
    const status = await succeed(stack.operation("status"));
    expect(status).toMatch(/!\S* maintenance until \S+Z \(\d+ min left\)/);
    const told = JSON.parse(await succeed(stack.operation("status", "--json"))) as StackStatus;
    expect(told.byHand).toEqual([
      expect.objectContaining({
        kind: "maintenance",
        reason: "a new disk",
        allow: [TESTER, TESTER_6],
      }),
    ]);
    const drift = await stack.operation("drift");
    expect([drift.output, drift.exitCode]).toEqual([expect.any(String), 0]);

    expect(await succeed(stack.operation("maintenance off"))).toContain("maintenance is ended");
    expect(await statusOf(OTHER)).toBe("200");
    expect(existsSync(path.join(stack.directory, "edge/hand/on"))).toBe(false);
    expect(await lastKinds(2)).toEqual(["command", "maintenance off"]);
  });
});

describe("pause", () => {
  it("holds 50 posts a second, and loses and spoils none, whether it is resumed or ends", async () => {
    const posts = posting(50, 14);
    await succeed(stack.operation("pause", "--for", "5s"));
    await until(async () => (await stack.host.records.byHand.list()).length > 0);
    const color = (await curl(OTHER)).all.match(/X-Maestro-Set: (\w+)/)?.[1];
    await succeed(stack.operation("pause", "--for", "60s"));
    const held = curl(OTHER);
    // The traffic moves in the meantime: what was held goes to the set that serves then.
    await stack.host.edge.moveTraffic(color === "blue" ? "green" : "blue");
    expect(await succeed(stack.operation("resume"))).toContain("pause is ended");
    expect((await held).all).toContain(`X-Maestro-Set: ${color === "blue" ? "green" : "blue"}`);
    const { said, waited, longest } = await posts;
    expect(said).toEqual({ "200": 700 });
    expect(waited).toBeGreaterThan(50);
    expect(longest).toBeLessThan(30);
    await stack.host.edge.moveTraffic(color === "blue" ? "blue" : "green");
    console.info(
      `700 posts, ${waited} of them held, the longest for ${longest.toFixed(1)} s, 0 lost`,
    );
  });
});

describe("a client's address", () => {
  it("is blocked and throttled, IPv4 and IPv6, and taken again", async () => {
    await succeed(stack.operation("block", TESTER_6));
    await succeed(stack.operation("block", TESTER));
    expect([await statusOf(TESTER), await statusOf(TESTER_6), await statusOf(OTHER)]).toEqual([
      ...["403", "403", "200"],
    ]);
    await succeed(stack.operation("unblock", TESTER));
    await succeed(stack.operation("throttle", TESTER));
    const statuses = await Promise.all(Array.from({ length: 30 }, () => statusOf(TESTER)));
    expect(new Set(statuses)).toEqual(new Set(["200", "429"]));
    expect([await statusOf(TESTER_6), await statusOf(OTHER)]).toEqual(["403", "200"]);
    const refused = await stack.operation("block", stack.subnet.replace("0.0/16", "0.1"));
    expect([refused.exitCode, refused.output]).toEqual([
      1,
      expect.stringContaining("must be a client's"),
    ]);
  });
});

describe("a rule whose operator is killed", () => {
  it("ends at its time all the same, and the next command takes away what is left", async () => {
    const argv = ["bin/maestro.js", "pause", "--stack", stack.name, "--for", "4s"];
    const child = execa("node", argv, {
      ...{ cwd: packageRoot(), env: stack.environment, extendEnv: false, reject: false },
    });
    const markers = path.join(stack.directory, "edge/hand/pause");
    await until(() => Promise.resolve(existsSync(markers) && readdirSync(markers).length > 0));
    killTree(child.pid!);
    await child;
    expect(await statusOf(OTHER)).toBe("200");
    await until(async () => {
      const told = JSON.parse(await succeed(stack.operation("status", "--json"))) as StackStatus;
      return told.byHand.every(({ kind }) => kind !== "pause");
    });
    await succeed(stack.operation("unblock", TESTER));
    await succeed(stack.operation("unblock", TESTER_6));
    expect(await stack.host.records.byHand.list()).toEqual([]);
    expect(existsSync(path.join(stack.directory, "edge/hand/on"))).toBe(false);
  });
});
