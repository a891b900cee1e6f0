import execa from "execa";
import { connectEngine } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { OpenLoopLoad } from "../load/openLoopLoad";
import { foreignRepository, pushForeignImage } from "../support/foreignImages";
import { runOnTerminal } from "../support/terminal";
import { builtImages, succeed, TestStack } from "../support/testStack";

jest.setTimeout(300_000);

const stack = new TestStack("itest-operations");
const engine = connectEngine();
const WEB = "quality-fabric";
/** An image without a shell. */
const BARE = "bare";

beforeAll(async () => {
  const digest = await pushForeignImage("go-httpbin");
  await stack.create({});
  const health = { readyPath: "/status/200", livePath: "/status/200" };
  const repository = foreignRepository("go-httpbin");
  const servicesFile = stack.writeServices({
    [WEB]: { secrets: ["SIGNING_KEY"] },
    [BARE]: { repository, port: 8080, health },
  });
  stack.configure({
    release: { [WEB]: builtImages().release[WEB]!, [BARE]: digest },
    servicesFile,
  });
  await setKey("first-key");
  await succeed(stack.up());
});

afterAll(() => stack.remove());

const setKey = (value: string) =>
  succeed(stack.secrets(["set", "--service", WEB, "SIGNING_KEY"], value));
/** Service -> id of its container in a set. */
const idsIn = async (color: string) => {
  const containers = await stack.containers(color);
  const idOf = (service: string) => containers.get(`${stack.prefix}-${color}-${service}-0`)?.id;
  return { [WEB]: idOf(WEB), [BARE]: idOf(BARE) };
};
const readKey = async () =>
  (await run(argumentsOf("exec", WEB, "--", "cat", "/run/secrets/SIGNING_KEY"))).stdout;
const argumentsOf = (name: string, ...args: string[]) => [
  ...["bin/maestro.js", name, "--stack", stack.name],
  ...args,
];

/** A command with its two outputs apart. */
function run(args: readonly string[], input: string | Buffer = "") {
  return execa("node", args, {
    ...{ env: stack.environment, extendEnv: false, reject: false, input, stripFinalNewline: false },
  });
}

describe("restart", () => {
  it("gives what serves new containers and newer secrets, and loses no request of a steady load", async () => {
    const before = await stack.outputs();
    const blueBefore = await idsIn("blue");
    const load = new OpenLoopLoad({
      baseUrl: stack.url,
      getPaths: [`/${WEB}/version`, `/${BARE}/status/200`],
      postPaths: [`/${WEB}/echo`],
      requestsPerSecond: 60,
      connections: 16,
    });
    try {
      await succeed(stack.operation("restart"));
      await setKey("second-key");
      const preview = await succeed(stack.operation("restart", "--preview", "--json"));
      expect(JSON.parse(preview)).toMatchObject({ release: before.release.id, to: "blue" });
      expect(await readKey()).toBe("first-key");
      await succeed(stack.operation("restart", "--service", WEB));
    } finally {
      const { sent, lost, wrongSet } = await load.stop();
      expect({ lost, wrongSet }).toEqual({ lost: [], wrongSet: 0 });
      expect(sent).toBeGreaterThan(300);
    }
    expect(await readKey()).toBe("second-key");
    const { history } = await stack.outputs();
    expect(history.map(({ action, color }) => `${action} ${color}`)).toEqual([
      "restart blue",
      "restart green",
      "deploy blue",
    ]);
    // The first one is the same release, the second one has another version of a secret.
    expect(history[1]?.release).toBe(before.release.id);
    expect(history[0]?.release).not.toBe(before.release.id);
    const blue = await idsIn("blue");
    expect([blue[WEB] === blueBefore[WEB], blue[BARE] === blueBefore[BARE]]).toEqual([false, true]);
  });

  it("is no deployment, leaves nothing to do, and a set to go back to", async () => {
    const report = JSON.parse(await succeed(stack.operation("report", "--json"))) as object;
    expect(report).toMatchObject({ deployments: 1 });
    await succeed(stack.up("--expect-no-changes"));
    await succeed(stack.operation("rollback"));
    expect((await stack.outputs()).history[0]).toMatchObject({
      action: "rollback",
      color: "green",
    });
    expect(await readKey()).toBe("first-key");
  });

  it("says what there is where it is asked for a service that there is not", async () => {
    const { exitCode, output } = await stack.operation("restart", "--service", "wbe");
    expect(exitCode).toBe(1);
    expect(output).toContain(`restart: wbe: no service of release`);
  });
});

describe("exec", () => {
  it("hands on both outputs, the input as it is, and the exit code", async () => {
    const script = "cat; echo said >&2; exit 7";
    const input = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7) % 251));
    const child = execa("node", argumentsOf("exec", WEB, "--", "sh", "-c", script), {
      ...{ env: stack.environment, extendEnv: false, reject: false, input, encoding: null },
    });
    const { exitCode, stdout, stderr } = await child;
    expect([exitCode, stderr.toString().trim()]).toEqual([7, "said"]);
    expect(stdout.equals(input)).toBe(true);
    const words = argumentsOf("exec", WEB, "--", "head", "-c", "5").join(" ");
    const early = await execa("sh", ["-c", `yes | head -c 2000000 | node ${words}`], {
      ...{ env: stack.environment, extendEnv: false, reject: false },
    });
    expect([early.exitCode, early.stdout]).toEqual([0, "y\ny\ny"]);
  });

  it("runs as whom it is told, in the set that it is told, and is on record without what it is told", async () => {
    const { activeColor } = await stack.outputs();
    const idle = activeColor === "blue" ? "green" : "blue";
    const words = ["sh", "-c", "echo $MAESTRO_SET $(id -u) # hunter2"];
    const { stdout } = await run(
      argumentsOf("exec", WEB, "--set", "idle", "--user", "4242", "--", ...words),
    );
    expect(stdout).toBe(`${idle} 4242\n`);
    const events = await stack.host.records.events.list();
    expect(events.at(-1)).toMatchObject({
      ...{ kind: "command run", service: WEB, color: idle, reason: "sh" },
    });
    expect(JSON.stringify(events)).not.toContain("hunter2");
  });

  it("shares processes, network and files of a service without a shell, and leaves no container", async () => {
    const bare = await run(argumentsOf("exec", BARE, "--", "sh", "-c", "true"));
    expect([bare.exitCode, bare.stdout + bare.stderr]).toEqual([
      126,
      expect.stringContaining("--image"),
    ]);
    const look = "tr '\\0' ' ' </proc/1/cmdline; ls /proc/1/root; grep -c :1F90 /proc/net/tcp6";
    const { stdout, stderr } = await run(
      argumentsOf("exec", BARE, "--image", "--", "sh", "-c", look),
    );
    expect([stdout, stderr]).toEqual([
      expect.stringMatching(/^\/go-httpbin[^]*go-httpbin\n[^]*1\n$/),
      "",
    ]);
    expect(await debugContainers()).toEqual([]);
  });

  it("leaves no container where it is killed", async () => {
    const child = execa("node", argumentsOf("exec", BARE, "--image", "--", "sleep", "600"), {
      ...{ env: stack.environment, extendEnv: false, reject: false, stdin: "pipe" },
    });
    await until(async () =>
      (await processesOf(await debugContainers())).some((line) => line.includes("sleep 600")),
    );
    child.kill("SIGKILL");
    await child;
    await until(async () => (await debugContainers()).length === 0);
  });

  it.each([
    [["nobody"], `nobody: no such service in the`],
    [[WEB, "--replica", "3"], `--replica: ${WEB} has 0 in the`],
    [[WEB, "--set", "red", "--replica", "x"], "--set: must be one of active, idle, blue, green"],
  ])("says what there is (%#)", async (args, says) => {
    const { exitCode, stderr } = await run(argumentsOf("exec", ...args, "--", "true"));
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining(says)]);
  });
});

describe("console", () => {
  it("has the terminal, its size and its changes, and the shell's exit code", async () => {
    const { output, exitCode } = await runOnTerminal(
      ["node", ...argumentsOf("console", WEB)],
      [
        ["$ ", "stty size; echo done-$((1+1))\n"],
        ["done-2", [44, 122]],
        ["$ ", 'until [ "$(stty size)" = "44 122" ]; do sleep 0.1; done; echo done-$((2+2))\n'],
        ["done-4", "exit 9\n"],
      ],
      stack.environment,
    );
    expect(output).toContain("33 111");
    expect(exitCode).toBe(9);
  });

  it("is in a container beside a service that has no shell", async () => {
    const { stdout, stderr, exitCode } = await run(
      argumentsOf("console", BARE),
      "ls /proc/1/root; exit 4\n",
    );
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining("has no shell")]);
    expect(stdout).toContain("go-httpbin");
  });
});

/** Containers of the stack that are of no set, beside its edge. */
async function debugContainers(): Promise<string[]> {
  const label = [`${LABELS.stack}=${stack.prefix}`, `${LABELS.color}=`];
  const found = await engine.listContainers({ all: true, filters: { label } });
  return found.filter(({ Names }) => !Names.includes(`/${stack.prefix}-edge`)).map(({ Id }) => Id);
}

async function processesOf(ids: readonly string[]): Promise<string[]> {
  const tops = await Promise.all(
    ids.map((id) =>
      engine
        .getContainer(id)
        .top()
        .catch(() => ({ Processes: [] as string[][] })),
    ),
  );
  return tops.flatMap(({ Processes }) => (Processes as string[][]).map((line) => line.join(" ")));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("has not come about in two minutes");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
