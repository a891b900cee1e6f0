import { askModule } from "../gates/module";
import { digestsOf } from "../release/release";
import type { CheckModule } from "../rules/health/healthGate";
import { plainText } from "../rules/plainText";
import type { Check } from "./check";

const PATIENCE_SECONDS = 300;
const ANSWER_LENGTH = 2_000;

/** What a check's module is asked. */
export interface CheckQuestion {
  readonly color: string;
  readonly release: string;
  /** Service -> image digest. */
  readonly digests: Readonly<Record<string, string>>;
  /** Where the set can be tried, as the deployer's machine reaches it; null: only the host itself does. */
  readonly previewUrl: string | null;
}

/**
 * A module of `maestro:rollout.checks`. It exports `ask(question, options)`: nothing, null or undefined if the set is well,
 * a text says what is not. One that cannot be asked, or takes longer than five minutes, keeps the release in.
 *
 * @param root directory that modules' paths are relative to; they work there.
 */
export function moduleCheck(root: string): (module: CheckModule) => Check {
  return (module) => ({
    name: module.module,
    moment: "first",
    async look({ hands, set: { color, record } }) {
      const question: CheckQuestion = {
        ...{ color, release: record.id, digests: digestsOf(record) },
        previewUrl: hands.previewUrl(),
      };
      const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
      const answer = await askModule(root, module, question, signal).catch(
        (error: unknown) => `cannot be asked: ${(error as Error).message}`,
      );
      return answer === null
        ? []
        : [{ says: `check ${module.module}: ${plainText(answer, ANSWER_LENGTH)}` }];
    },
  });
}
