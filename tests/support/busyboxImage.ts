import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";

/** A small image for containers in tests; has /bin/busybox and nothing else. */
export const BUSYBOX_IMAGE = "maestro-conformance:busybox";
/** The same files under another id. */
export const OTHER_BUSYBOX_IMAGE = "maestro-conformance:busybox-other";

/** Where a static busybox may be, on the machine or in Debian's package. */
const BINARIES = ["bin/busybox", "usr/bin/busybox"];

/** Makes the test images where they are absent: from this machine's static busybox, or Debian's. No registry is needed. */
export async function ensureBusyboxImages(): Promise<void> {
  const { exitCode } = await execa(
    "docker",
    ["image", "inspect", BUSYBOX_IMAGE, OTHER_BUSYBOX_IMAGE],
    { reject: false },
  );
  if (exitCode === 0) {
    return;
  }
  const directory = mkdtempSync(path.join(tmpdir(), "maestro-busybox-"));
  try {
    const root = path.join(directory, "root");
    mkdirSync(path.join(root, "bin"), { recursive: true });
    copyFileSync(await staticBusybox(directory), path.join(root, "bin", "busybox"));
    chmodSync(path.join(root, "bin", "busybox"), 0o755);
    const tarball = path.join(directory, "root.tar");
    await execa("tar", ["--create", "--file", tarball, "--directory", root, "bin"]);
    await execa("docker", ["import", tarball, BUSYBOX_IMAGE]);
    const other = ["import", "--message", "other", "--change", "LABEL other=1"];
    await execa("docker", [...other, tarball, OTHER_BUSYBOX_IMAGE]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function staticBusybox(directory: string): Promise<string> {
  const installed = BINARIES.map((file) => `/${file}`).find((file) => existsSync(file));
  if (installed !== undefined && (await isStatic(installed))) {
    return installed;
  }
  await execa("apt-get", ["download", "busybox-static"], { cwd: directory });
  const archive = readdirSync(directory).find((file) => file.endsWith(".deb")) ?? "";
  await execa("dpkg-deb", ["--extract", archive, "package"], { cwd: directory });
  const found = BINARIES.map((file) => path.join(directory, "package", file));
  return found.find((file) => existsSync(file)) ?? found[0] ?? "";
}

async function isStatic(file: string): Promise<boolean> {
  const { all = "" } = await execa("ldd", [file], { reject: false, all: true });
  return /not a dynamic executable|statically linked/.test(all);
}
