/** A resource as a preview shows it. */
export interface PreviewState {
  readonly type?: string;
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What an update would do with one resource. */
export interface PreviewStep {
  /** `same`, `create`, `update`, `replace`, `create-replacement`, `delete-replaced`, `delete`, `read` ... */
  readonly op: string;
  readonly urn: string;
  readonly oldState?: PreviewState;
  readonly newState?: PreviewState;
  /** Names of the properties that differ. */
  readonly diffReasons?: readonly string[];
}

/** What the program or the engine has said. */
export interface PreviewMessage {
  readonly severity: "debug" | "info" | "info#err" | "warning" | "error";
  readonly message: string;
}

/** The output of `pulumi preview --json`, as far as it is read. */
export interface Preview {
  readonly steps: readonly PreviewStep[];
  readonly diagnostics: readonly PreviewMessage[];
}

/**
 * Reads the output of `pulumi preview --json`.
 *
 * @throws Error where it is something else.
 */
export function parsePreview(text: string): Preview {
  const mend = "pass what `pulumi preview --json` prints on its standard output";
  if (text.trim() === "") throw new Error(`the preview is empty; ${mend}`);
  let content: Partial<Preview> | null;
  try {
    content = JSON.parse(text) as Partial<Preview> | null;
  } catch (error) {
    throw new Error(`the preview is no JSON (${(error as Error).message}); ${mend}`);
  }
  // A preview that fails before its first resource has no steps.
  const { steps = [], diagnostics = [] } = content ?? {};
  if (
    !Array.isArray(steps) ||
    !Array.isArray(diagnostics) ||
    steps.length + diagnostics.length === 0
  ) {
    throw new Error(`the JSON is no preview: it has neither steps nor diagnostics; ${mend}`);
  }
  return { steps, diagnostics };
}

/** `urn:pulumi:<stack>::<project>::<types>::<name>` */
export function nameInUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The stack and the project that a preview is of; null: it ended before any resource. */
export function stackOf({ steps }: Preview): { stack: string; project: string } | null {
  const [head = "", project = ""] = steps[0]?.urn.split("::") ?? [];
  const stack = head.split(":")[2] ?? "";
  return stack === "" || project === "" ? null : { stack, project };
}

/** What a step of an update is told on its standard input; null: it has none, or that is not known yet. */
export function stepInputOf({ newState }: PreviewStep): Readonly<Record<string, unknown>> | null {
  const text = newState?.inputs?.["stdin"];
  if (typeof text !== "string") return null;
  try {
    const input: unknown = JSON.parse(text);
    return typeof input === "object" ? (input as Record<string, unknown> | null) : null;
  } catch {
    // Pulumi's sign for what is not known before the update.
    return null;
  }
}
