import execa from "execa";

/**
 * Images that differ from the given ones in a label, so in their digest: the next release of the same services.
 *
 * @param release service -> digest
 * @param version the label's value; the same one gives the same digests
 * @param settings.namespace where they are pushed, in the local registry
 */
export async function deriveRelease(
  release: Readonly<Record<string, string>>,
  version: string,
  settings: {
    readonly env?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly namespace?: string;
    /** Namespace of the given ones. */
    readonly from?: string;
  } = {},
): Promise<Record<string, string>> {
  const entries = await Promise.all(
    Object.entries(release).map(async ([service, digest]) => {
      const repository = `localhost:5000/${settings.from ?? "maestro"}/${service}`;
      const lines = Object.entries(settings.env ?? {}).map(
        ([key, value]) => `ENV ${key}="${value}"`,
      );
      const dockerfile = [
        `FROM ${repository}@${digest}`,
        `LABEL test.version=${version}`,
        ...Object.entries(settings.labels ?? {}).map(([key, value]) => `LABEL ${key}="${value}"`),
        ...lines,
      ];
      const { namespace = "maestro" } = settings;
      const tag = `localhost:5000/${namespace}/${service}:test-${version}`;
      await execa("docker", ["build", "--quiet", "--tag", tag, "-"], {
        input: dockerfile.join("\n"),
        env: { DOCKER_BUILDKIT: "0" },
      });
      const { stdout } = await execa("docker", ["push", tag]);
      const pushed = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
      if (!pushed) throw new Error(`no digest in the answer to the push of ${tag}`);
      return [service, pushed] as const;
    }),
  );
  return Object.fromEntries(entries);
}
