import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { instanceRoot, projectName } from "../../config/project";
import { docker, tryDocker } from "./dockerClient";

/** Who uses it: the project's name and the directory of the instance, which begins with a slash. */
const USER_LABEL = "io.maestro.user";
/** What is used. */
const USES_LABEL = "io.maestro.uses";

/** Where the user's directory is: a container that shares the engine has files of its own. */
const MACHINE_LABEL = "io.maestro.machine";

/** The base images and what is built on them, as one thing of the machine. */
export const BASE_IMAGES = "base-images";

/** Another project, or another clone of this one, that uses a thing of the machine. */
export interface MachineUser {
  readonly project: string;
  /** Directory of its instance. */
  readonly root: string;
}

const noted = new Set<string>();

/**
 * Writes down that this instance uses what several projects of a machine may share: a container, by its name, or the base
 * images. The list is kept in the engine, as an empty volume with labels for each user: all projects of a machine know
 * the engine, and it forgets nothing when a clone is removed. Nothing happens where no engine answers.
 */
export async function noteUse(thing: string): Promise<void> {
  const user = currentUser();
  if (user === undefined || noted.has(thing + user)) return;
  const labels = { [USER_LABEL]: user, [USES_LABEL]: thing, [MACHINE_LABEL]: hostname() };
  const options = Object.entries(labels).map(([label, value]) => `--label=${label}=${value}`);
  const { ok } = await tryDocker(["volume", "create", ...options, volumeOf(thing, user)]);
  if (ok) noted.add(thing + user);
}

/** Takes this instance off the list of those that use a thing; says whether it was on it. */
export async function endUse(thing: string): Promise<boolean> {
  const user = currentUser();
  if (user === undefined) return false;
  noted.delete(thing + user);
  return (await tryDocker(["volume", "rm", volumeOf(thing, user)])).ok;
}

/** All that use a thing, except this instance and those whose directory was removed from this machine. */
export async function otherUsers(thing: string): Promise<readonly MachineUser[]> {
  const own = currentUser();
  return (await listUses(thing))
    .filter(({ user }) => user !== own)
    .map(({ user, machine }) => {
      const slash = user.indexOf("/");
      return { machine, project: user.slice(0, slash), root: user.slice(slash) };
    })
    .filter(({ machine, root }) => machine !== hostname() || existsSync(root))
    .map(({ project, root }) => ({ project, root }))
    .sort((a, b) => (a.project + a.root < b.project + b.root ? -1 : 1));
}

/** Every project and clone that uses something of the machine, this one too; `isHere`: its directory is on this machine. */
export async function allUsers(): Promise<readonly (MachineUser & { readonly isHere: boolean })[]> {
  const users = (await listUses(null)).map(({ user, machine }) => {
    const slash = user.indexOf("/");
    return {
      project: user.slice(0, slash),
      root: user.slice(slash),
      isHere: machine === hostname(),
    };
  });
  const unique = new Map(users.map((user) => [JSON.stringify(user), user]));
  return [...unique.values()].filter(({ isHere, root }) => !isHere || existsSync(root));
}

/** Empties the list of those that use a thing that is no more. */
export async function forgetUsers(thing: string): Promise<void> {
  const volumes = (await listUses(thing)).map(({ volume }) => volume);
  if (volumes.length > 0) await docker(["volume", "rm", "--force", ...volumes]);
  noted.clear();
}

/** Why a thing stays: `acme (/home/me/acme)` for each user. */
export function describeUsers(users: readonly MachineUser[]): string {
  return users.map(({ project, root }) => `${project} (${root})`).join(", ");
}

interface Use {
  readonly volume: string;
  readonly machine: string;
  readonly user: string;
}

/** @param thing null: whatever it is. */
async function listUses(thing: string | null): Promise<Use[]> {
  const filter = `label=${USES_LABEL}${thing === null ? "" : `=${thing}`}`;
  const format = `{{.Name}} {{.Label "${MACHINE_LABEL}"}} {{.Label "${USER_LABEL}"}}`;
  const answer = await tryDocker(["volume", "ls", "--filter", filter, "--format", format]);
  if (!answer.ok) return [];
  return answer.output
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      // A directory's name may have spaces.
      const [volume = "", machine = "", ...user] = line.split(" ");
      return { volume, machine, user: user.join(" ") };
    });
}

/** Undefined: the working directory belongs to no project, so nothing can be said of who it is. */
function currentUser(): string | undefined {
  try {
    return `${projectName()}${instanceRoot()}`;
  } catch {
    return undefined;
  }
}

function volumeOf(thing: string, user: string): string {
  const hash = createHash("sha256").update(`${thing} ${user}`).digest("hex").slice(0, 12);
  return `maestro-user-${hash}`;
}
