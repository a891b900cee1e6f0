import { fork } from "node:child_process";
import path from "node:path";
import { packageRoot } from "../config/project";
import type { GateModule } from "../rules/gates/gateSettings";
import type { Gate } from "./gate";

/** What `bin/askGate.js` sends back. */
interface Answer {
  /** What the module's `ask` has answered; null for nothing. */
  readonly answer?: unknown;
  /** Why there is no answer. */
  readonly error?: string;
}

/**
 * A module of `maestro:gates.modules`. It exports `ask(question, options)`: nothing, null or undefined lets the release
 * out, a text says why it must wait.
 *
 * @param root directory that the module's path is relative to; it works there.
 */
export function moduleGate({ module, options }: GateModule, root: string): Gate {
  return {
    name: module,
    ask: (question, signal) => askModule(root, { module, options }, question, signal),
  };
}

/**
 * Asks a module in a process of its own.
 *
 * @returns what it says; null: nothing.
 * @throws Error when it cannot be asked, or answers something else.
 */
export async function askModule(
  root: string,
  module: GateModule,
  question: object,
  signal: AbortSignal,
): Promise<string | null> {
  const { answer, error } = await askInProcess(root, module, question, signal);
  if (error !== undefined) throw new Error(error);
  if (answer === null) return null;
  if (typeof answer === "string" && answer.trim() !== "") return answer;
  throw new Error(`answered ${JSON.stringify(answer)}, which is neither a text nor null`);
}

/** What it prints goes where this process prints. It ends with its answer, whatever it has left running. */
function askInProcess(
  root: string,
  { module, options }: GateModule,
  question: object,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(path.join(packageRoot(), "bin", "askGate.js"), [], {
      ...{ cwd: root, signal, killSignal: "SIGKILL" },
      // Pulumi's language host starts programs with arguments for node that are not meant for others.
      ...{ execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] },
    });
    child.once("error", reject);
    child.once("exit", (code, by) => {
      reject(new Error(`ended without an answer (${by ?? `exit code ${code}`})`));
    });
    child.once("message", (answer) => {
      resolve(answer as Answer);
      child.kill("SIGKILL");
    });
    child.send({ file: path.resolve(root, module), question, options });
  });
}
