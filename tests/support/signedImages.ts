import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import path from "node:path";
import execa from "execa";
import { buildImage } from "../../operations/images/buildImage";
import { tryDocker } from "../../toolchain/setup/dockerClient";
import { ensurePythonTools } from "../../toolchain/setup/pythonTools";
import { pushImage } from "../../toolchain/setup/registry";
import { ensureGoBinary } from "./foreignImages";

/** What asks neither Fulcio nor Rekor, nor the network for their keys: none of them can be had here. */
const OFFLINE = {
  "signing.json": { mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json" },
  "trust.json": { mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1" },
};
export const KEY_PASSWORD = "a word";

/** Images of a file each in the local registry, and keys to sign them with by cosign itself. */
export class SignedImages {
  readonly namespace = `itest-signed-${randomBytes(4).toString("hex")}`;
  readonly directory = mkdtempSync(path.join(tmpdir(), "maestro-signed-"));
  private readonly pushed: string[] = [];

  private constructor(private readonly cosign: string) {}

  /** @param keys names of key pairs: `<name>.key` and `<name>.pub`. */
  static async create(...keys: readonly string[]): Promise<SignedImages> {
    const images = new SignedImages(await ensureCosign());
    for (const [name, content] of Object.entries(OFFLINE)) {
      images.write(name, JSON.stringify(content));
    }
    for (const key of keys) await images.run("generate-key-pair", "--output-key-prefix", key);
    return images;
  }

  write(name: string, text: string): void {
    writeFileSync(path.join(this.directory, name), text);
  }

  /** @returns the image by its digest. */
  async push(name: string, registry = "localhost:5000"): Promise<string> {
    const context = path.join(this.directory, "context");
    rmSync(context, { recursive: true, force: true });
    mkdirSync(context);
    writeFileSync(path.join(context, "file"), `${this.namespace} ${name}`);
    writeFileSync(path.join(context, "Dockerfile"), "FROM scratch\nCOPY file /\n");
    const reference = `${registry}/${this.namespace}/web:${name}`;
    await buildImage(
      {
        ...{ context, dockerfile: path.join(context, "Dockerfile"), buildArguments: {} },
        ...{ labels: {}, secrets: [], references: [reference] },
      },
      () => undefined,
    );
    const digest = await pushImage(reference, reference);
    this.pushed.push(reference);
    return `${registry}/${this.namespace}/web@${digest}`;
  }

  sign(image: string, key: string): Promise<void> {
    return this.run("sign", ...this.signing(key), image);
  }

  async attest(image: string, key: string, predicate: object, type = "slsaprovenance1") {
    this.write("predicate.json", JSON.stringify(predicate));
    await this.run(
      ...["attest", `--type=${type}`, "--predicate=predicate.json", ...this.signing(key), image],
    );
  }

  /** What a key has attested of an image: all statements of a type. */
  async attested(image: string, key: string, type: string): Promise<string> {
    const args = [`--type=${type}`, `--key=${key}.pub`, "--insecure-ignore-tlog=true", image];
    const { stdout } = await execa(this.cosign, ["verify-attestation", ...args], {
      cwd: this.directory,
    });
    const payloads = stdout.split("\n").filter((line) => line.startsWith("{"));
    return payloads
      .map((line) => (JSON.parse(line) as { payload: string }).payload)
      .map((payload) => Buffer.from(payload, "base64").toString("utf8"))
      .map((text) => JSON.stringify(JSON.parse(text)))
      .join("\n");
  }

  private signing(key: string): string[] {
    const offline = ["--signing-config=signing.json", "--trusted-root=trust.json"];
    return ["--yes", `--key=${key}.key`, ...offline];
  }

  private async run(...args: readonly string[]): Promise<void> {
    await execa(this.cosign, args, {
      ...{ cwd: this.directory, stdin: "ignore" },
      env: { COSIGN_PASSWORD: KEY_PASSWORD },
    });
  }

  async remove(): Promise<void> {
    if (this.pushed.length > 0) await tryDocker(["image", "rm", ...this.pushed]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** cosign, built from its Go module: minutes the first time, and kept outside of the repository. */
function ensureCosign(): Promise<string> {
  return ensureGoBinary("cosign", "github.com/sigstore/cosign/v3/cmd/cosign", "cosign");
}

/** Directory with syft, from the package index. */
function ensureSyft(): Promise<string> {
  return ensurePythonTools(undefined, path.join("tests", "foreign", "syft", "requirements.txt"));
}

/** Puts cosign and syft on this process's PATH. @returns what takes them off again. */
export async function useSigningTools(): Promise<() => void> {
  const before = process.env["PATH"];
  process.env["PATH"] = [path.dirname(await ensureCosign()), await ensureSyft(), before].join(":");
  return () => {
    process.env["PATH"] = before;
  };
}
