import { createHash } from "node:crypto";
import path from "node:path";
import execa from "execa";
import {
  hostedIndexUrlOf,
  parseSimplePage,
  uploadUrlOf,
  type IndexFile,
  type PackageIndexNames,
} from "../../rules/packages/packageIndex";
import { lastLines } from "../../toolchain/setup/packages";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import type { Wheel } from "./buildWheels";
import type { IndexLogin } from "./pypiIndex";

const TIMEOUT_MILLISECONDS = 30_000;

/** Asks an index which files it has of a package. */
export async function listFiles(
  index: PackageIndexNames,
  login: IndexLogin | null,
  name: string,
): Promise<IndexFile[]> {
  const page = `${hostedIndexUrlOf(index)}/${name}/`;
  // An index may send clients elsewhere for what it does not have: that is another index's package.
  const answer = await ask(page, login, "manual");
  if (answer.status === 404 || (answer.status >= 300 && answer.status < 400)) return [];
  await requireSuccess(answer, page);
  return parseSimplePage(await answer.text(), page);
}

/** The hash of what the index really sends for a file. */
export async function downloadHash(file: IndexFile, login: IndexLogin | null): Promise<string> {
  const answer = await ask(file.url, login, "follow");
  await requireSuccess(answer, file.url);
  return createHash("sha256")
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest("hex");
}

/** Uploads wheels with twine. */
export async function upload(
  index: PackageIndexNames,
  login: IndexLogin | null,
  wheels: readonly Wheel[],
): Promise<void> {
  const tools = await ensurePythonTools();
  const files = wheels.map((wheel) => wheel.path);
  const result = await execa(
    path.join(tools, "python3"),
    ["-m", "twine", "upload", "--non-interactive", "--disable-progress-bar", ...files],
    {
      env: {
        TWINE_REPOSITORY_URL: uploadUrlOf(index),
        TWINE_USERNAME: login?.user ?? "",
        TWINE_PASSWORD: login?.password ?? "",
        // Nothing of the machine's own may answer instead.
        PYTHON_KEYRING_BACKEND: "keyring.backends.null.Keyring",
      },
      reject: false,
      stdin: "ignore",
      all: true,
    },
  );
  if (result.failed) {
    throw new Error(`${uploadUrlOf(index)}: twine failed\n${lastLines(result.all ?? "")}`);
  }
}

function ask(url: string, login: IndexLogin | null, redirect: "manual" | "follow") {
  const basic = login && Buffer.from(`${login.user}:${login.password}`).toString("base64");
  return fetch(url, {
    headers: basic ? { Authorization: `Basic ${basic}` } : {},
    redirect,
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  }).catch((error: unknown) => {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
    throw new Error(
      `${url}: does not answer (${cause}); start the index, or mend maestro:packages`,
    );
  });
}

async function requireSuccess(answer: Response, url: string): Promise<void> {
  if (answer.ok) return;
  await answer.arrayBuffer();
  const wayOut =
    answer.status === 401 || answer.status === 403
      ? "; set MAESTRO_PACKAGES_USER and MAESTRO_PACKAGES_PASSWORD"
      : "";
  throw new Error(`${url}: answered ${answer.status}${wayOut}`);
}
