import type { BackupStack } from "./backupStack";
import { SERVICE } from "./migrationStack";

/** A stack and an S3-compatible store for its backups. */
export interface BacksUpToS3 {
  readonly stack: BackupStack;
  /** What `maestro:backups` says of the store. */
  readonly settings: () => object;
  /** The image that serves. */
  readonly digest: () => string;
}

/** Tests of an S3-compatible store, of whatever maker; the stack's backups go where they went before afterwards. */
export function backsUpToS3({ stack, settings, digest }: BacksUpToS3): void {
  it("keeps as many as it is to, and a restore from it is that of a directory", async () => {
    const before = stack.backups;
    stack.backups = { ...before, ...settings(), keep: { count: 1 } };
    stack.use({ [SERVICE]: digest() });
    const taken = [await stack.take(), await stack.take()];
    const listed = await stack.ask<{ name: string }[]>("backup", "list");
    expect(listed.map(({ name }) => name).sort()).toEqual(
      taken
        .map(({ name }) => name)
        .sort()
        .slice(1),
    );
    expect(await stack.ask("backup", "verify")).toMatchObject({ backup: listed[0]!.name });
    const rows = taken[0]!.databases[0]!.rows["public.jobs"]!;
    await stack.post(stack.url, "after the backup in S3");
    expect(await stack.ask("restore", listed[0]!.name, "--yes")).toMatchObject({
      backup: listed[0]!.name,
    });
    expect(await stack.untilJobs(rows)).toHaveLength(rows);
    stack.backups = before;
  });
}
