import { createRequire } from "node:module";
import path from "node:path";
import type { GateModule } from "../rules/gates/gateSettings";
import type { Gate, GateQuestion } from "./gate";

/** What such a module exports. Nothing, null or undefined lets the release out; a text says why it must wait. */
type Ask = (question: GateQuestion, options: Readonly<Record<string, unknown>>) => unknown;

/** The module of `maestro:gates.modules`: loaded when it is asked, since it may need what only then is there. */
export function moduleGate({ module, options }: GateModule, root: string): Gate {
  return {
    name: module,
    async ask(question) {
      const { ask } = createRequire(path.join(root, "index.js"))(path.resolve(root, module)) as {
        readonly ask?: Ask;
      };
      if (typeof ask !== "function") {
        throw new Error("exports no function named ask");
      }
      const answer = await ask(question, options);
      if (answer === undefined || answer === null) return null;
      if (typeof answer === "string" && answer.trim() !== "") return answer;
      throw new Error(`answered ${JSON.stringify(answer)}, which is neither a text nor null`);
    },
  };
}
