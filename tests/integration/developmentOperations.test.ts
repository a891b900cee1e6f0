import execa from "execa";
import type { TopLook } from "../../rules/top/topTable";
import { OpenLoopLoad } from "../load/openLoopLoad";
import {
  argumentsOf,
  BARE,
  createStack,
  debugContainers,
  idsIn,
  processesOf,
  readKey,
  run,
  setKey,
  stack,
  until,
  WEB,
} from "../support/operationsStack";
import { runOnTerminal } from "../support/terminal";
import { succeed } from "../support/testStack";

jest.setTimeout(300_000);

beforeAll(createStack);
afterAll(() => stack.remove());

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
      const { active, rows } = JSON.parse(
        await succeed(stack.operation("top", "--json")),
      ) as TopLook;
      const rowOf = (set: string | null, name: string) =>
        rows.find((row) => row.set === set && row.service === name)!;
      expect(active).toBe("blue");
      expect(rows).toHaveLength(5);
      for (const row of [rowOf("blue", WEB), rowOf("blue", BARE), rowOf(null, "edge")]) {
        expect(row).toMatchObject({ replicas: 1, errors: 0 });
        expect([row.requestsPerSecond! > 0, row.p95Seconds! > 0, row.memoryBytes > 0]).toEqual([
          ...[true, true, true],
        ]);
        expect(row.cpus).toBeGreaterThanOrEqual(0);
      }
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
    expect(report).toMatchObject({ stacks: { [stack.name]: { deployments: 1 } } });
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
    const look = "read -r name </proc/1/comm; echo $name; ls /proc/1/root; cat /proc/net/tcp6";
    const { stdout, stderr } = await run(
      argumentsOf("exec", BARE, "--image", "--", "sh", "-c", look),
    );
    expect([stdout, stderr]).toEqual([
      // Port 8080 is 1F90.
      expect.stringMatching(/^go-httpbin\n[^]*\ngo-httpbin\n[^]*:1F90 /),
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

describe("top", () => {
  it("shows looks below each other where there is no terminal, until its reader goes", async () => {
    const live = `node ${argumentsOf("top").join(" ")} | head -n 14`;
    const { stdout, exitCode } = await execa("sh", ["-c", live], {
      ...{ env: { ...stack.environment, NO_COLOR: "1" }, extendEnv: false, reject: false },
    });
    expect(exitCode).toBe(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("SET "))).toHaveLength(2);
    expect(stdout).not.toContain("\x1b");
  });

  it("puts each look in the place of the one before on a terminal, until Ctrl+C", async () => {
    const { output, exitCode } = await runOnTerminal(
      ["node", ...argumentsOf("top")],
      [
        ["P95", "\n"],
        ["\x1b[J", "\x03"],
      ],
      stack.environment,
    );
    expect([exitCode, output.includes("edge")]).toEqual([0, true]);
  });
});

it.each(["restart", "exec", "console", "top"])(
  "the example in the help of %s works",
  async (name) => {
    const help = await run(["bin/maestro.js", name, "--help"]);
    const [, words = ""] = /Example:\n {2}maestro (.+)\n/.exec(help.stdout) ?? [];
    expect(words).toContain("--stack demo");
    const { exitCode, stdout } = await run(
      ["bin/maestro.js", ...words.replace("demo", stack.name).split(" ")],
      "exit 0\n",
    );
    expect([exitCode, stdout === "" ? name : "said"]).toEqual([
      0,
      name === "console" ? name : "said",
    ]);
  },
);
