import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import path from "node:path";
import execa from "execa";
import { isLoopback, repositoryOf } from "../../registry/reference";

/** Writes what images are made of (SPDX in JSON), as the machine's own syft finds it. */
export interface SbomWriter {
  /**
   * The list of an image's parts; one that is there already is not made again.
   *
   * @param image by its digest.
   */
  write(image: string): Promise<{ readonly file: string; readonly document: object }>;
}

/**
 * Makes ready to list what images are made of.
 *
 * @param directory gets `<digest without sha256:>.spdx.json`.
 * @throws Error when there is no syft.
 */
export async function openSbomWriter(directory: string): Promise<SbomWriter> {
  await syft(["version"]);
  mkdirSync(directory, { recursive: true });
  return {
    write: async (image) => {
      const file = path.join(directory, `${image.slice(image.lastIndexOf(":") + 1)}.spdx.json`);
      if (!existsSync(file)) {
        // An interrupted run must not leave half a list under the final name.
        const staging = `${file}.${process.pid}`;
        await syft(
          ["scan", "--quiet", `registry:${image}`, "--output", `spdx-json=${staging}`],
          image,
        );
        renameSync(staging, file);
      }
      return { file, document: JSON.parse(readFileSync(file, "utf8")) as object };
    },
  };
}

async function syft(args: readonly string[], image = ""): Promise<void> {
  const result = await execa("syft", args, {
    ...{ reject: false, stdin: "ignore", all: true },
    env: {
      SYFT_CHECK_FOR_APP_UPDATE: "false",
      ...(isLoopback(repositoryOf(image).address)
        ? { SYFT_REGISTRY_INSECURE_USE_HTTP: "true" }
        : {}),
    },
  });
  if ((result as { code?: string }).code === "ENOENT") {
    throw new Error(
      "--sbom: syft is not installed on this machine; install it, or leave --sbom out",
    );
  }
  if (result.exitCode === 0) return;
  const says = (result.all ?? "").trim().split("\n").at(-1) ?? "";
  throw new Error(`syft cannot list what ${image || "an image"} is made of: ${says}`);
}
