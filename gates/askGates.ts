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
  patienceSeconds?: number,
): Promise<readonly Refusal[]> {
  const gates = await openGates(settings, root);
  const answers = await Promise.all(
    gates.map((gate) =>
      ask(gate, question, patienceSeconds ?? gate.patienceSeconds ?? PATIENCE_SECONDS),
    ),
  );
  return answers.filter((answer) => answer !== null);
}

/** Loads only the gates that are named. */
async function openGates(
  {
    window,
    modules,
    approvals,
    githubEnvironment,
    scans,
    signatures,
    sboms,
    registry,
  }: GateSettings,
  root: string,
): Promise<Gate[]> {
  const { windowGate } = await import("./window");
  const { moduleGate } = await import("./module");
  return [
    ...(window ? [windowGate(window)] : []),
    ...(approvals ? [(await import("./approvals")).approvalsGate(approvals, root)] : []),
    ...(githubEnvironment
      ? [(await import("./githubEnvironment")).githubEnvironmentGate(githubEnvironment, root)]
      : []),
    ...(scans ? [(await import("./scans")).scansGate(scans, root, registry)] : []),
    ...(sboms ? [(await import("./sboms")).sbomsGate(sboms, root)] : []),
    ...(signatures
      ? [(await import("./signatures")).signaturesGate(signatures, root, registry)]
      : []),
    ...modules.map((module) => moduleGate(module, root)),
  ];
}

async function ask(gate: Gate, question: GateQuestion, seconds: number): Promise<Refusal | null> {
  const refuse = (says: string) => ({ gate: gate.name, says: plainText(says, ANSWER_LENGTH) });
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), seconds * 1000);
  try {
    const answer = await gate.ask(question, patience.signal);
    return answer === null ? null : refuse(answer);
  } catch (error) {
    return refuse(
      patience.signal.aborted
        ? `gave no answer within ${seconds} s, so it counts as closed`
        : `cannot be asked, so it counts as closed: ${(error as Error).message}`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Until when the gates that know it stay open; null: none of them does. */
export async function describeOutlook({ window }: GateSettings): Promise<string | null> {
  if (!window) return null;
  const { openUntil } = await import("../rules/gates/deployWindow");
  const end = openUntil(window, new Date());
  return end && `gate window: open until ${end}`;
}

/** Of an override that has let its release out before. */
export function describeUsedOverride(at: string): string {
  return `maestro:override was used for this release until ${at}; set maestro:override.reason to why it may go out again`;
}

/** `gate window: frozen: …`, a line each. */
export function describeRefusals(refusals: readonly Refusal[]): string {
  return refusals.map(({ gate, says }) => `gate ${gate}: ${says}`).join("\n");
}
