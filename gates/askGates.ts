import type { GateSettings } from "../rules/gates/gateSettings";
import { plainText } from "../rules/plainText";
import type { Gate, GateQuestion, Refusal } from "./gate";

/** How long one gate may take. */
const PATIENCE_SECONDS = 30;
/** How much of an answer is shown. */
const ANSWER_LENGTH = 500;

/**
 * Asks all gates at once.
 *
 * @param root directory that modules' paths are relative to.
 * @returns what keeps the release in; a gate that cannot be asked, or does not answer in time, does too.
 */
export async function askGates(
  settings: GateSettings,
  root: string,
  question: GateQuestion,
  patienceSeconds = PATIENCE_SECONDS,
): Promise<readonly Refusal[]> {
  const gates = await openGates(settings, root);
  const answers = await Promise.all(gates.map((gate) => ask(gate, question, patienceSeconds)));
  return answers.filter((answer) => answer !== null);
}

/** Loads only the gates that are named. */
async function openGates({ window, modules }: GateSettings, root: string): Promise<Gate[]> {
  const { windowGate } = await import("./window");
  const { moduleGate } = await import("./module");
  return [
    ...(window ? [windowGate(window)] : []),
    ...modules.map((module) => moduleGate(module, root)),
  ];
}

async function ask(gate: Gate, question: GateQuestion, seconds: number): Promise<Refusal | null> {
  const refuse = (says: string) => ({ gate: gate.name, says: plainText(says, ANSWER_LENGTH) });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Refusal>((resolve) => {
    const says = `gave no answer within ${seconds} s, so it counts as closed`;
    timer = setTimeout(() => resolve(refuse(says)), seconds * 1000);
  });
  try {
    const answer = await Promise.race([gate.ask(question), late]);
    return typeof answer === "string" ? refuse(answer) : answer;
  } catch (error) {
    return refuse(`cannot be asked, so it counts as closed: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}

/** `gate window: frozen: …`, a line each. */
export function describeRefusals(refusals: readonly Refusal[]): string {
  return refusals.map(({ gate, says }) => `gate ${gate}: ${says}`).join("\n");
}
