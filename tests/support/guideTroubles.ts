import { execFileSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { docker } from "../../toolchain/setup/dockerClient";
import { sleep } from "../../targets/timing";
import { HEALTH, SERVE, type GuideStack } from "./guideStack";
import { killTree } from "./processTree";

/** What goes on while a block is followed; it ends by itself. */
type Meanwhile = () => Promise<unknown>;
type Trouble = (guide: GuideStack) => void | Promise<void | Meanwhile>;

const DISK_MEGABYTES = 32;
const MILLISECONDS_OF_A_WRITE = 500;
const NEVER_READY = {
  command: ["sh", "-c", "echo 'waiting for the payment service'; exec sleep 600"],
  health: { ...HEALTH, deadlineSeconds: 3 },
};
/** Time enough to kill who waits for it, at a moment at which Pulumi writes nothing. */
const READY_LATE = { command: ["sh", "-c", `sleep 2; exec ${SERVE.join(" ")}`] };

/** What has happened before a block of the runbook: the heading that it stands under, and its number there from 0 on. */
export const TROUBLES: Readonly<Record<string, Trouble>> = {
  "Deploy 0": (guide) => guide.nextVersion(),
  "A release that is rejected 0": (guide) => change(guide, NEVER_READY),
  "A release that is taken back 0": (guide) => change(guide, { env: { FAIL_RATE: "0.6" } }),
  "A killed deployer 0": killDeployer,
  "A full disk 0": fillDisk,
  "A full disk 2": emptyDisk,
  "Both sets are bad 0": breakBothSets,
};

/** Another release of the same image. */
function change(guide: GuideStack, settings: object): void {
  guide.forgetRollback();
  guide.set(settings);
}

async function killDeployer(guide: GuideStack): Promise<void> {
  change(guide, READY_LATE);
  const deployer = guide.start("pulumi up --yes --skip-preview --stack demo");
  let said = "";
  deployer.all?.on("data", (text: Buffer) => {
    const waited = /-gate updating/.test(said);
    said += text.toString();
    if (waited || !/-gate updating/.test(said)) return;
    setTimeout(() => deployer.pid && killTree(deployer.pid), MILLISECONDS_OF_A_WRITE);
  });
  await deployer;
}

const stateOf = ({ instance }: GuideStack) => path.join(instance.directory, ".maestro", "state");

/** Puts the state on a file system of its own, without room. */
function fillDisk(guide: GuideStack): void {
  change(guide, { env: { GREETING: "good morning" } });
  const state = stateOf(guide);
  cpSync(state, `${state}.aside`, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MEGABYTES}m`, "tmpfs", state]);
  cpSync(`${state}.aside`, state, { recursive: true });
  try {
    writeFileSync(path.join(state, "filler"), Buffer.alloc(2 * DISK_MEGABYTES * 1024 ** 2));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
    throw error;
  }
  throw new Error(`${state}: is not full`);
}

function emptyDisk(guide: GuideStack): void {
  rmSync(path.join(stateOf(guide), "filler"));
}

/** Puts the state back where it was; nothing happens where it never left. */
export function restoreDisk(guide: GuideStack): void {
  const state = stateOf(guide);
  try {
    execFileSync("mountpoint", ["--quiet", state]);
  } catch {
    return;
  }
  rmSync(`${state}.aside`, { recursive: true });
  cpSync(state, `${state}.aside`, { recursive: true });
  execFileSync("umount", [state]);
  cpSync(`${state}.aside`, state, { recursive: true, force: true });
  rmSync(`${state}.aside`, { recursive: true });
}

/** A release that fails for users, and a container that is taken from the set before once it has them. */
async function breakBothSets(guide: GuideStack): Promise<Meanwhile> {
  restoreDisk(guide);
  change(guide, { env: { FAIL_RATE: "0.7" } });
  const { host, prefix } = guide.stack;
  const before = await host.edge.readActiveColor();
  return async () => {
    const deadline = Date.now() + 60_000;
    while ((await host.edge.readActiveColor()) === before) {
      if (Date.now() > deadline) throw new Error(`${before}: still serves`);
      await sleep(10);
    }
    await docker(["rm", "--force", `${prefix}-${before}-web-0`]);
  };
}
