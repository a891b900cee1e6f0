import { succeed, TestStack, builtImages, type RunResult } from "./testStack";
import { buildFrontend } from "./frontendBuild";

/** Releases of the example frontend that there are. */
export type FrontendRelease = "one" | "two" | "three" | "four";

const RELEASES: readonly FrontendRelease[] = ["one", "two", "three", "four"];

/** A stack of the example frontend, at the root of the host, and the gateway that it talks to. */
export class FrontendStack extends TestStack {
  private digest: string | undefined;
  private built = "";

  /** Builds the frontend's releases and makes the stack, empty. */
  async begin(): Promise<void> {
    this.built = await buildFrontend(RELEASES);
    await this.create({});
  }

  /** Where the releases' files are. */
  get files(): string {
    return this.built;
  }

  /** What a developer does: `images` of what Vite has written, then an update. */
  async release(release: FrontendRelease, settings: object = {}): Promise<RunResult> {
    this.declare(release, settings);
    const built = await succeed(this.operation("images", "--service", "frontend", "--json"));
    const last = built.trim().split("\n").at(-1)!;
    const { images } = JSON.parse(last) as { images: readonly { digest: string }[] };
    this.digest = images[0]!.digest;
    const result = await this.up();
    if (result.exitCode !== 0) throw new Error(result.output);
    return result;
  }

  /** Digest of the release that was made last. */
  get image(): string {
    return `localhost:5000/maestro/frontend@${this.digest}`;
  }

  private declare(release: FrontendRelease, settings: object): void {
    const servicesFile = this.writeServices({
      frontend: {
        kind: "static",
        build: { context: this.built },
        site: { directory: `dist-${release}` },
        route: { path: "/" },
        ...settings,
      },
      "maestro-gateway": null,
    });
    const gateway = builtImages().release["maestro-gateway"];
    this.configure({
      servicesFile,
      release: {
        "maestro-gateway": gateway,
        ...(this.digest === undefined ? {} : { frontend: this.digest }),
      },
    });
  }
}
