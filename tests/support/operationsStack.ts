import execa from "execa";
import { connectEngine } from "../../host/engine";
import { LABELS } from "../../rules/host/containerLabels";
import { foreignRepository, pushForeignImage } from "./foreignImages";
import { builtImages, succeed, TestStack } from "./testStack";

/** A stack of a service, and of one without a shell, for commands that people run on what serves. */
export const stack = new TestStack("itest-operations");
const engine = connectEngine();
export const WEB = "web";
/** An image without a shell. */
export const BARE = "bare";

/** Makes the stack, with one release. */
export async function createStack(): Promise<void> {
  const digest = await pushForeignImage("go-httpbin");
  await stack.create({});
  const health = { readyPath: "/status/200", livePath: "/status/200" };
  const repository = foreignRepository("go-httpbin");
  const image = "quality-fabric";
  const servicesFile = stack.writeServices({
    [WEB]: { repository: `localhost:5000/maestro/${image}`, secrets: ["SIGNING_KEY"] },
    [BARE]: { repository, port: 8080, health },
  });
  stack.configure({
    release: { [WEB]: builtImages().release[image]!, [BARE]: digest },
    servicesFile,
  });
  await setKey("first-key");
  await succeed(stack.up());
}

export const setKey = (value: string) =>
  succeed(stack.secrets(["set", "--service", WEB, "SIGNING_KEY"], value));
/** Service -> id of its container in a set. */
export const idsIn = async (color: string) => {
  const containers = await stack.containers(color);
  const idOf = (service: string) => containers.get(`${stack.prefix}-${color}-${service}-0`)?.id;
  return { [WEB]: idOf(WEB), [BARE]: idOf(BARE) };
};
export const readKey = async () =>
  (await run(argumentsOf("exec", WEB, "--", "cat", "/run/secrets/SIGNING_KEY"))).stdout;
export const argumentsOf = (name: string, ...args: string[]) => [
  ...["bin/maestro.js", name, "--stack", stack.name],
  ...args,
];

/** A command with its two outputs apart. */
export function run(args: readonly string[], input: string | Buffer = "") {
  return execa("node", args, {
    ...{ env: stack.environment, extendEnv: false, reject: false, input, stripFinalNewline: false },
  });
}

/** Containers of the stack that are of no set, beside its edge. */
export async function debugContainers(): Promise<string[]> {
  const label = [`${LABELS.stack}=${stack.prefix}`, `${LABELS.color}=`];
  const found = await engine.listContainers({ all: true, filters: { label } });
  return found.filter(({ Names }) => !Names.includes(`/${stack.prefix}-edge`)).map(({ Id }) => Id);
}

export async function processesOf(ids: readonly string[]): Promise<string[]> {
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

export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("has not come about in two minutes");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
