import execa from "execa";

interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly { readonly type: string; readonly id?: string }[];
  };
}

/** Ids of the containers the stack's state knows. Asked of the CLI, so it works on every backend, during an update too. */
export async function containerIdsInState(stack: string): Promise<Set<string>> {
  const { stdout } = await execa("pulumi", ["stack", "export", "--stack", stack]);
  const { deployment } = JSON.parse(stdout) as ExportedStack;
  return new Set(
    (deployment?.resources ?? [])
      .filter(({ type }) => type === "docker:index/container:Container")
      .flatMap(({ id }) => id ?? []),
  );
}
