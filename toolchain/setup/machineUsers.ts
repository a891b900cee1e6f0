import { createHash } from "node:crypto";
import { instanceRoot, projectName } from "../../config/project";
import { docker, tryDocker } from "./dockerClient";

/** Who uses it: the project's name and the directory of the instance, which begins with a slash. */
const USER_LABEL = "io.maestro.user";
/** What is used. */
const USES_LABEL = "io.maestro.uses";

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
  const labels = [`--label=${USER_LABEL}=${user}`, `--label=${USES_LABEL}=${thing}`];
  const { ok } = await tryDocker(["volume", "create", ...labels, volumeOf(thing, user)]);
  if (ok) noted.add(thing + user);
}

/** Takes this instance off the list of those that use a thing; says whether it was on it. */
export async function endUse(thing: string): Promise<boolean> {
  const user = currentUser();
  if (user === undefined) return false;
  noted.delete(thing + user);
  return (await tryDocker(["volume", "rm", volumeOf(thing, user)])).ok;
}

/** All that use a thing, except this instance. */
export async function otherUsers(thing: string): Promise<readonly MachineUser[]> {
  const own = currentUser();
  const users = (await listUses(thing)).map(({ user }) => user);
  return users
    .filter((user) => user !== own)
    .sort()
    .map((user) => {
      const slash = user.indexOf("/");
      return { project: user.slice(0, slash), root: user.slice(slash) };
    });
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

async function listUses(thing: string): Promise<{ volume: string; user: string }[]> {
  const filter = `label=${USES_LABEL}=${thing}`;
  const format = `{{.Name}} {{.Label "${USER_LABEL}"}}`;
  const answer = await tryDocker(["volume", "ls", "--filter", filter, "--format", format]);
  if (!answer.ok) return [];
  return answer.output
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const space = line.indexOf(" ");
      return { volume: line.slice(0, space), user: line.slice(space + 1) };
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
