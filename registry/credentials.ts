import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { parseEcrAddress } from "../rules/aws/ecrAddress";
import { ecrLogin } from "./ecrLogin";
import { RegistryError } from "./registryError";

/** What the Docker Engine hands to a registry. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  /** In place of name and password: a token that the registry itself has issued. */
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

/** Docker's `config.json`, as far as it is about registries. */
interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** User name by which a credential helper says that its secret is a token. */
const TOKEN_USER = "<token>";

/**
 * Credentials of the deployer's own `docker login` for a registry: from its credential helper, else from `config.json`
 * (in DOCKER_CONFIG, default `~/.docker`). Null: none, so the registry is asked without.
 *
 * @throws RegistryError when the configuration is not JSON, or the helper it names cannot be run.
 */
export async function registryCredentials(registry: string): Promise<RegistryCredentials | null> {
  const config = readDockerConfig();
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  if (helper) return (await askHelper(helper, registry)) ?? fromAws(registry);
  const entry = findEntry(config.auths ?? {}, registry);
  if (entry?.identitytoken) {
    return { identitytoken: entry.identitytoken, serveraddress: registry };
  }
  if (!entry?.auth) return fromAws(registry);
  const [, username = "", password = ""] =
    /^([^:]*):([^]*)$/.exec(Buffer.from(entry.auth, "base64").toString("utf8")) ?? [];
  return { username, password, serveraddress: registry };
}

/** Docker takes a name with scheme or path for the same registry. */
function findEntry(auths: NonNullable<DockerConfig["auths"]>, registry: string) {
  const hostOf = (name: string) => name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  const [, same] = Object.entries(auths).find(([name]) => hostOf(name) === hostOf(registry)) ?? [];
  return auths[registry] ?? same;
}

/** ECR is logged in to with AWS credentials; no `docker login` needed. */
async function fromAws(registry: string): Promise<RegistryCredentials | null> {
  const address = parseEcrAddress(registry);
  if (address === null) return null;
  const { username, password } = await ecrLogin(address);
  return { username, password, serveraddress: registry };
}

function readDockerConfig(): DockerConfig {
  const directory = process.env["DOCKER_CONFIG"] ?? path.join(homedir(), ".docker");
  const file = path.join(directory, "config.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new RegistryError(
      `${file}: cannot be read as JSON; mend it, or run \`docker login\` again`,
    );
  }
}

/** Source: the docker-credential-helpers protocol, `get`: the registry on stdin, JSON or a message on stdout. */
function askHelper(helper: string, registry: string): Promise<RegistryCredentials | null> {
  const command = `docker-credential-${helper}`;
  return new Promise((resolve, reject) => {
    const child = execFile(command, ["get"], { env: process.env }, (error, stdout) => {
      if (!error) {
        const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
        resolve(
          Username === TOKEN_USER
            ? { identitytoken: Secret, serveraddress: registry }
            : { username: Username, password: Secret, serveraddress: registry },
        );
      } else if (stdout.includes("credentials not found")) {
        resolve(null);
      } else {
        const reason = stdout.trim() || (error as NodeJS.ErrnoException).code || error.message;
        reject(new RegistryError(`${command} gives no credentials for ${registry}: ${reason}`));
      }
    });
    child.stdin?.on("error", () => undefined).end(registry);
  });
}
