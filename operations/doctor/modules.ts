import { instanceRoot } from "../../config/project";
import type { Settings } from "../../config/settings";
import { askModule } from "../../gates/module";
import { hostUrl } from "../../rules/host/hostAddress";
import { plainText } from "../../rules/plainText";
import { good, inParts, type Examination } from "./examination";

const PATIENCE_SECONDS = 60;
const ANSWER_LENGTH = 2_000;

/** What a module of `maestro:doctor.checks` is asked. */
export interface DoctorQuestion {
  readonly stack: string;
  /** `ssh://deploy@demo.example.com`; null: this machine. */
  readonly host: string | null;
}

/**
 * Modules of the project's own. Each exports `ask(question, options)`: nothing, null or undefined if all is well, a text
 * says what is not, and behind its first `; ` how to mend it.
 */
export function moduleExaminations({ doctor }: Settings): Examination[] {
  return (doctor?.checks ?? []).map(({ module, options }) => ({
    name: module,
    async look({ stack, settings }) {
      const host = settings.host && hostUrl(settings.host);
      const question: DoctorQuestion = { stack, host };
      const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
      const answer = await askModule(instanceRoot(), { module, options }, question, signal);
      if (answer === null) return good("is well");
      return [{ condition: "bad", ...inParts(plainText(answer, ANSWER_LENGTH)) }];
    },
  }));
}
