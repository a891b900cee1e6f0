import type Docker from "dockerode";
import { stackLabels } from "../rules/host/containerLabels";
import { edgeContainerName } from "../rules/edge/edgeLayout";
import { setSecretsDirectory, type SecretsHolder } from "../rules/serviceSecrets";
import { execIn, WITH_VOLUMES } from "./engine";
import { tarOf, type TarEntry } from "./tar";

/** Where a stack's secrets lie on its Docker host. */
export interface SecretFilesOptions {
  readonly engine: Docker;
  readonly prefix: string;
  /** The host's directory of secrets: `/run/maestro`. */
  readonly directory: string;
  /** The set, or the stateful service. */
  readonly color: SecretsHolder;
}

/** One service's files. */
export interface ServiceFiles {
  /** Directory below the set's. */
  readonly directory: string;
  /** `uid` or `uid:gid` of the only reader. */
  readonly user: string;
  /** File name -> content. */
  readonly files: Readonly<Record<string, string>>;
}

/** A place that is in memory on every sound host: a file system of another kind there is not what was meant. */
const IN_MEMORY = /^\/(?:run|dev\/shm)\//;
const MEMORY_FILE_SYSTEMS = ["tmpfs", "ramfs"];
const MOUNT = "/secrets";
const FILE_MODE = 0o400;
const DIRECTORY_MODE = 0o500;
const HELPER_SECONDS = "120";

/**
 * Puts a set's secrets on the host, and removes those that it no longer has.
 *
 * The Docker Engine writes them, into a directory that a helper container mounts: so the deployer need not be root to
 * give files to a service's user, and a host over SSH or in another machine is no different.
 *
 * @param kept directories of services that stay as they are; all others go.
 * @returns whether they lie in memory.
 * @throws Error when the directory is not what it should be; nothing has been written then.
 */
export async function writeSecretFiles(
  options: SecretFilesOptions,
  services: readonly ServiceFiles[],
  kept: readonly string[] = [],
): Promise<{ inMemory: boolean }> {
  return withHelper(options, async (helper) => {
    const inMemory = await requireSafeDirectory(options, helper);
    const set = setSecretsDirectory(options.prefix, options.color);
    const entries = [...parents(set), ...services.flatMap((service) => entriesOf(set, service))];
    await helper.putArchive(tarOf(entries), { path: MOUNT });
    const names = services.map(({ directory }) => directory);
    await removeOthers(options, helper, [...names, ...kept]);
    return { inMemory };
  });
}

/** Removes all of a set's secrets from the host. */
export async function removeSecretFiles(options: SecretFilesOptions): Promise<void> {
  await withHelper(options, (helper) => removeOthers(options, helper, []));
}

function parents(set: string): TarEntry[] {
  const [prefix = ""] = set.split("/");
  return [prefix, set].map((name) => ({ name: `${name}/`, mode: 0o711, uid: 0, gid: 0 }));
}

function entriesOf(set: string, { directory, user, files }: ServiceFiles): TarEntry[] {
  const [uid = 0, gid = 0] = user.split(":").map(Number);
  const name = `${set}/${directory}/`;
  return [
    { name, mode: DIRECTORY_MODE, uid, gid },
    ...Object.entries(files).map(([file, text]) => ({
      name: name + file,
      mode: FILE_MODE,
      uid,
      gid,
      content: Buffer.from(text),
    })),
  ];
}

/** Nobody but root may be able to put other files in place, and what is to be in memory must be. */
async function requireSafeDirectory(
  { engine, directory }: SecretFilesOptions,
  helper: Docker.Container,
): Promise<boolean> {
  const kind = await run(engine, helper, ["stat", "--file-system", "--format=%T", MOUNT]);
  const inMemory = MEMORY_FILE_SYSTEMS.includes(kind);
  if (!inMemory && IN_MEMORY.test(`${directory}/`)) {
    throw new Error(
      `maestro:secrets.directory: ${directory} is on ${kind} on this host, not in memory; ` +
        `set it to /dev/shm/maestro, or to a directory elsewhere if secrets may lie on a disk`,
    );
  }
  const [owner, mode = ""] = (await run(engine, helper, ["stat", "--format=%u %A", MOUNT])).split(
    " ",
  );
  if (owner !== "0" || mode[8] === "w" || mode[5] === "w") {
    throw new Error(
      `maestro:secrets.directory: ${directory} must belong to root, and no other may write to it, is ${mode} of uid ${owner}; ` +
        `\`chown 0:0\` and \`chmod 0755\` it on the host`,
    );
  }
  return inMemory;
}

/** Takes the names as arguments: nothing of them is ever read as a script. */
const REMOVE_OTHERS = `set="$1"; shift
cd "$set" 2>/dev/null || exit 0
for found in *; do
  keep=no
  for name in "$@"; do [ "$found" = "$name" ] && keep=yes; done
  [ "$keep" = yes ] || rm -rf -- "./$found"
done
[ "$#" -gt 0 ] || { cd ..; rmdir -- "$set"; rmdir -- "$PWD" 2>/dev/null; exit 0; }`;

async function removeOthers(
  { engine, prefix, color }: SecretFilesOptions,
  helper: Docker.Container,
  names: readonly string[],
): Promise<void> {
  const set = `${MOUNT}/${setSecretsDirectory(prefix, color)}`;
  await run(engine, helper, ["sh", "-c", REMOVE_OTHERS, "sh", set, ...names]);
}

async function run(engine: Docker, helper: Docker.Container, command: readonly string[]) {
  const { exitCode, output } = await execIn(engine, helper.id, command);
  if (exitCode !== 0) throw new Error(`${command[0]} in the directory of secrets: ${output}`);
  return output.trim();
}

/** A container of the edge's image, which is on every host, without network and with the host's directory. */
async function withHelper<T>(
  { engine, prefix, directory, color }: SecretFilesOptions,
  action: (helper: Docker.Container) => Promise<T>,
): Promise<T> {
  const name = `${prefix}-${color}-secrets`;
  const { Image } = await engine.getContainer(edgeContainerName(prefix)).inspect();
  await removeIfThere(engine, name);
  const helper = await engine.createContainer({
    name,
    Image,
    Entrypoint: ["sleep", HELPER_SECONDS],
    Cmd: [],
    User: "0:0",
    Healthcheck: { Test: ["NONE"] },
    Labels: stackLabels(prefix),
    NetworkDisabled: true,
    HostConfig: {
      Binds: [`${directory}:${MOUNT}`],
      NetworkMode: "none",
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      // Other users' directories are removed here.
      CapAdd: ["DAC_OVERRIDE"],
      SecurityOpt: ["no-new-privileges:true"],
      Memory: 64 * 1024 * 1024,
    },
  });
  try {
    await helper.start();
    return await action(helper);
  } finally {
    await helper.remove(WITH_VOLUMES);
  }
}

async function removeIfThere(engine: Docker, name: string): Promise<void> {
  try {
    await engine.getContainer(name).remove(WITH_VOLUMES);
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
}
