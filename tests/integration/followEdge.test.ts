import { localHost } from "../../host/localHost";
import type { UserRequest } from "../../release/trafficTally";
import { readContainerLog } from "../../host/containerLog";
import { connectEngine } from "../../host/engine";
import { followEdge } from "../../targets/dockerHost/followEdge";
import { docker } from "../../toolchain/setup/dockerClient";
import { ensureBaseImage } from "../../toolchain/setup/baseImages";

jest.setTimeout(300_000);

const PREFIX = "maestro-itest-log";
const SECONDS = 10;

/** Writes so many lines a second as the edge does, each with a connection of its own. */
const WRITER = `
import sys, time
rate, seconds = int(sys.argv[1]), int(sys.argv[2])
start, number = time.time(), 0
line = '{"time":"","id":"%d","set":"green","service":"web","method":"GET","uri":"/web/%s","status":200,"bytes":1,"seconds":0.001,"upstream":"","upstreamStatus":"200","upstreamSeconds":"0.001","retried":false,"client":"198.51.100.7","connection":"%d/1","at":%.3f,"port":8080,"headerSeconds":"0.001","probe":false,"reason":""}'
while number < rate * seconds:
    due = min(rate * seconds, int((time.time() - start) * rate))
    while number < due:
        print(line % (number, "x" * 200, number, time.time()))
        number += 1
    sys.stdout.flush()
    time.sleep(0.01)
time.sleep(60)
`;

afterEach(() => docker(["rm", "--force", `${PREFIX}-edge`]));

/** An edge whose log is rotated when it has that size. */
async function startWriter(perSecond: number, maxSize = "1m"): Promise<void> {
  const { reference } = await ensureBaseImage("python");
  const rotated = [
    "--log-driver",
    "json-file",
    "--log-opt",
    `max-size=${maxSize}`,
    "--log-opt",
    "max-file=3",
  ];
  const command = ["python3", "-c", WRITER, String(perSecond), String(SECONDS)];
  await docker(["run", "--detach", "--name", `${PREFIX}-edge`, ...rotated, reference, ...command]);
}

it.each([50, 500, 4_000])(
  "each request is told once at %d a second, however often the log is rotated",
  async (perSecond) => {
    const total = perSecond * SECONDS;
    await startWriter(perSecond);
    const told: UserRequest[] = [];
    const used = process.cpuUsage();
    const feed = await followEdge(localHost, PREFIX, 600, (request) => void told.push(request));
    const deadline = Date.now() + 1_000 * (SECONDS + 30);
    while (told.length < total && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // What is told twice would come by now.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const { user, system } = process.cpuUsage(used);
    const share = (user + system) / 1e6 / SECONDS;
    console.info(
      `${perSecond} lines a second: ${(100 * share).toFixed(1)} % of a core to read them`,
    );
    expect([told.length, feed.missing()]).toEqual([total, null]);
    feed.close();
  },
);

it("a log that is rotated while its past is still read is followed on, line by line", async () => {
  const perSecond = 4_000;
  await startWriter(perSecond, "6m");
  // Some megabytes, which are more than the connection takes: the Engine still tells them when the log is rotated.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const end = new AbortController();
  const part = { follow: true };
  const told: string[] = [];
  for await (const lines of readContainerLog(connectEngine(), `${PREFIX}-edge`, part, end.signal)) {
    if (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 1_500));
    told.push(...lines.map(({ text }) => (JSON.parse(text) as { id: string }).id));
    if (told.length >= perSecond * SECONDS) end.abort();
  }
  expect(told).toEqual(Array.from({ length: perSecond * SECONDS }, (_, number) => String(number)));
}, 60_000);
