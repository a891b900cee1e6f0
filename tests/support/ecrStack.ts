import { randomBytes } from "node:crypto";
import { docker, tryDocker } from "../../toolchain/setup/dockerClient";
import { PrivateRegistry } from "./privateRegistry";
import { deriveRelease } from "./derivedImages";
import { Moto, MOTO_ACCOUNT, MOTO_REGION } from "./moto";
import { builtImages } from "./testStack";

const LAYERS = "localhost:5000";

/**
 * ECR for a test: its API is moto's, its layers are in the local registry, in a namespace of this run's own. There, tags
 * that never move are not those of an earlier run.
 */
export class TestRegistry {
  readonly namespace = `itest-${randomBytes(4).toString("hex")}`;

  private constructor(
    readonly moto: Moto,
    private readonly door: PrivateRegistry | null,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<TestRegistry> {
    return new TestRegistry(await Moto.start(environment), null);
  }

  /** As {@link start}; the layers are given out, as ECR's are, for ECR's login only. */
  static async startWithLogin(): Promise<TestRegistry> {
    return new TestRegistry(await Moto.start(), await PrivateRegistry.start());
  }

  /** Where a stack pushes and pulls. */
  get endpoint(): string {
    return this.door?.address ?? LAYERS;
  }

  /** Does something while the registry with the login is away. */
  async whileAway<T>(action: () => Promise<T>): Promise<T> {
    await this.door?.pause();
    const done = await action();
    await this.door?.resume();
    return done;
  }

  /** A stack's `maestro:registry`. */
  get config() {
    return {
      kind: "ecr",
      address: `${MOTO_ACCOUNT}.dkr.ecr.${MOTO_REGION}.amazonaws.com`,
      // moto keeps no layers.
      endpoint: this.endpoint,
      namespace: this.namespace,
    };
  }

  repository(service: string) {
    return { address: LAYERS, path: `${this.namespace}/${service}` };
  }

  /** Digests of the services' images, pushed here under a version that tells them from others. */
  push(services: readonly string[], version: string): Promise<Record<string, string>> {
    const { release } = builtImages();
    const built = Object.fromEntries(services.map((service) => [service, release[service] ?? ""]));
    return deriveRelease(built, version, { namespace: this.namespace });
  }

  /** Ends moto and removes the names that images got here. */
  async stop(): Promise<void> {
    const filter = `reference=${LAYERS}/${this.namespace}/*`;
    const list = ["image", "ls", "--filter", filter, "--format", "{{.Repository}}:{{.Tag}}"];
    const tags = (await docker(list)).split("\n").filter((tag) => /:[^<]+$/.test(tag));
    if (tags.length > 0) await tryDocker(["image", "rm", ...tags]);
    await this.door?.stop();
    await this.moto.stop();
  }
}
