import { checkSchema } from "../../config/checkSchema";
import { readProjectConfig } from "../../config/project";
import { packagesSchema, type PublishedPackage } from "../../config/schemas/packages";
import type { PackagesSettings } from "../../config/settings";
import { editYaml, readYaml } from "../../config/yamlFile";
import { ensurePypiIndex, indexLogin, type IndexLogin } from "./pypiIndex";
import { indexUrlOf } from "../../rules/packages/packageIndex";
import { step } from "../../toolchain/setup/step";

const LOCAL_URL = /^http:\/\/(?:localhost|127\.0\.0\.1):(\d+)$/;

/** Whether a stack file, or Pulumi.yaml for all stacks, says anything of packages. */
export function namesPackages(file: string): boolean {
  return readKey(file) !== undefined;
}

/** Reads the index that a stack file names, with defaults for what it leaves out. */
export function readPackages(file: string): PackagesSettings {
  const given = readKey(file) ?? {};
  const locate = (path: readonly PropertyKey[]) =>
    ["maestro:packages", ...path].map(String).join(".");
  const { value, issues } = checkSchema(packagesSchema, given, locate);
  if (!value) throw new Error(issues.map((issue) => `${file}: ${issue}`).join("\n"));
  return value;
}

function readKey(file: string): unknown {
  const content = readYaml(file).toJS() as { config?: object } | null;
  const config: Record<string, unknown> = { ...readProjectConfig(), ...content?.config };
  return config["maestro:packages"] ?? undefined;
}

/**
 * Checks package -> version and hash as every command that reads the stack file will. Called before an upload: what an
 * index has once it keeps for ever, and a file that cannot be read any more stops everything else.
 *
 * @throws Error naming what a reader would refuse.
 */
export function checkVersions(
  settings: PackagesSettings,
  versions: Readonly<Record<string, PublishedPackage>>,
): void {
  const locate = (path: readonly PropertyKey[]) =>
    ["maestro:packages", ...path].map(String).join(".");
  const { issues } = checkSchema(packagesSchema, { ...settings, versions }, locate);
  if (issues.length > 0) throw new Error(["nothing was published", ...issues].join("\n"));
}

/** Writes package -> version and hash into `maestro:packages.versions`; says whether the file had to change. */
export function writeVersions(
  file: string,
  versions: Readonly<Record<string, PublishedPackage>>,
): boolean {
  return editYaml(file, (document) => {
    const path = ["config", "maestro:packages", "versions"];
    for (const [name, { version, sha256 }] of Object.entries(versions)) {
      const present = document.getIn([...path, name]) as { toJSON?(): unknown } | undefined;
      const wanted = { version, sha256 };
      if (JSON.stringify(present?.toJSON?.()) === JSON.stringify(wanted)) continue;
      const node = document.createNode(wanted, { flow: true });
      document.setIn([...path, name], node);
    }
  });
}

/** Starts the embedded index where a stack wants one on this machine. Another server at the address is used as it is. */
export async function ensureIndex(settings: PackagesSettings): Promise<void> {
  const port = embeddedPort(settings);
  if (port !== null) await step("package index", (say) => ensurePypiIndex({ port }, say));
}

/** Who publishes and installs: as the environment says, else the embedded index's own login; null: nobody in particular. */
export function loginOf(
  settings: PackagesSettings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): IndexLogin | null {
  const { MAESTRO_PACKAGES_USER: user, MAESTRO_PACKAGES_PASSWORD: password } = env;
  if (user && password) return { user, password };
  return embeddedPort(settings) === null ? null : indexLogin();
}

/** Where clients install from, with the login: for a secret file or an environment, never for a command line. */
export function indexWithLogin(settings: PackagesSettings): string {
  const url = new URL(indexUrlOf(settings));
  const login = loginOf(settings);
  url.username = login?.user ?? "";
  url.password = login?.password ?? "";
  return url.toString();
}

/** Whether the stack's index is the one that `make up` starts on this machine. */
export function isEmbedded(settings: PackagesSettings): boolean {
  return embeddedPort(settings) !== null;
}

/** Port of the embedded index; null: the stack uses a server of the user's own. */
function embeddedPort(settings: PackagesSettings): number | null {
  if (settings.kind !== "index" || settings.indexUrl !== undefined) return null;
  const port = LOCAL_URL.exec(settings.url)?.[1];
  return port === undefined ? null : Number(port);
}
