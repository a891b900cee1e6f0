import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import type { Admission, Asking, Wish } from "../../gates/access";

// Bundled, as it is in the program: a library that it needs is a module of another kind than tests are.
const { load } = jest.requireActual<{
  load: (entry: string) => {
    admit: (root: string, wish: Wish, asking: Asking) => Promise<Admission | null>;
  };
}>("../../bin/load");
const { admit } = load("gates/access.ts");

/** What a test asks for unless it is about something else. */
export const WISH: Wish = { what: "maestro rollback", stack: "demo", needs: "operator" };

/** A project's `access.yaml`, which is not there before it is written; removed by {@link remove}. */
export class AccessFile {
  readonly root = mkdtempSync(path.join(tmpdir(), "maestro-admit-"));
  readonly file = path.join(this.root, "access.yaml");

  write(rules: object | string): void {
    writeFileSync(this.file, typeof rules === "string" ? rules : stringify(rules));
  }

  admit(asking: Asking, wish = WISH): Promise<Admission | null> {
    return admit(this.root, wish, asking);
  }

  /** Why it is refused; that it is not, in words that no refusal has. */
  refusalOf(asking: Asking, wish = WISH): Promise<string> {
    return this.admit(asking, wish).then(
      (admission) => `let pass: ${JSON.stringify(admission)}`,
      (error: Error) => error.message,
    );
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
