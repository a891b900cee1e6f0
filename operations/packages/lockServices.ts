import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import type { PackagesSettings } from "../../config/settings";
import { lastLines } from "../../toolchain/setup/packages";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { indexWithLogin } from "./stackIndex";

/** Python in the images. */
const PYTHON_VERSION = "3.11";

/**
 * Resolves every service's `requirements.in` against the index; returns the services whose lock changed.
 *
 * @param services where their sources are; one without `requirements.in` is left alone.
 */
export async function lockServices(
  settings: PackagesSettings,
  packages: readonly string[],
  services: readonly { readonly name: string; readonly directory: string }[],
): Promise<string[]> {
  const tools = await ensurePythonTools();
  const changed: string[] = [];
  for (const { name, directory } of services) {
    const lockFile = path.join(directory, "requirements.txt");
    if (!existsSync(path.join(directory, "requirements.in"))) continue;
    const before = existsSync(lockFile) ? readFileSync(lockFile, "utf8") : "";
    const result = await execa(
      path.join(tools, "uv"),
      [
        ...["pip", "compile", "--quiet", "--python-version", PYTHON_VERSION, "--generate-hashes"],
        ...["--no-header", "--no-emit-index-url", "--output-file", "requirements.txt"],
        // What was published a minute ago must be seen.
        ...["--refresh", "requirements.in"],
        // A lock keeps what it has; of our own packages it takes the newest.
        ...packages.flatMap((each) => ["--upgrade-package", each]),
      ],
      {
        cwd: directory,
        env: {
          UV_DEFAULT_INDEX: indexWithLogin(settings),
          UV_NATIVE_TLS: "1",
        },
        reject: false,
        stdin: "ignore",
        all: true,
      },
    );
    if (result.failed) throw new Error(`${name}: cannot be locked\n${lastLines(result.all ?? "")}`);
    if (readFileSync(lockFile, "utf8") !== before) changed.push(name);
  }
  return changed;
}
