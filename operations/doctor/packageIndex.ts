import { failureOf } from "../../host/ask";
import { good, type Examination } from "./examination";

const PATIENCE_MILLISECONDS = 2_000;

/** Whether the index of shared Python packages answers; a stack that names none has none to look at. */
export const packageIndex: Examination = {
  name: "package index",
  async look({ settings: { packages } }) {
    if (packages === null) return [];
    const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
    const answer = await fetch(packages.url, { signal, redirect: "manual" }).catch(failureOf);
    if (typeof answer !== "string" && answer.status < 500) return good(packages.url);
    const why = typeof answer === "string" ? answer : `it answered ${answer.status}`;
    return [
      {
        condition: "bad",
        says: `${packages.url} cannot be used: ${why}`,
        means: "images with shared packages cannot be built",
        mend: "maestro packages list",
      },
    ];
  },
};
