import { parseYaml } from "../../../config/readServicesFile";
import { issuesOf, rawWith, type Changes } from "../fixtures";

/** One input that must be refused, or the reason why it cannot be given. */
export interface BadInput {
  /** Number in docs/bad-input.md; several inputs can share one. */
  readonly row: number;
  /** What the user wrote, in a few words. */
  readonly input: string;
  /** Everything the user is told, in this order. */
  readonly messages: readonly string[];
  /** Gives the input to the code that must refuse it; null: there is no such input, and `messages` says why. */
  readonly refuse: (() => readonly string[] | Promise<readonly string[]>) | null;
  /** Test files that go further. */
  readonly more?: readonly string[];
}

/** Wrong in the stack's configuration or in services.yaml. */
export function config(
  row: number,
  input: string,
  changes: Changes,
  ...messages: string[]
): BadInput {
  return { row, input, messages, refuse: () => issuesOf(rawWith(changes)) };
}

/** Wrong setting of service web in services.yaml. */
export function service(
  row: number,
  input: string,
  settings: Changes,
  ...messages: string[]
): BadInput {
  const changes = Object.entries(settings).map(([path, value]) => [
    `services.services.web.${path}`,
    value,
  ]);
  return config(row, input, Object.fromEntries(changes) as Changes, ...messages);
}

/** Wrong in services.yaml as a text. */
export function yaml(row: number, input: string, text: string, ...messages: string[]): BadInput {
  const bytes = new TextEncoder().encode(text);
  return { row, input, messages, refuse: () => parseYaml("services.yaml", bytes).issues };
}

/** Refused elsewhere than in the configuration's check: by a function that returns or throws the message. */
export function elsewhere(
  row: number,
  input: string,
  refuse: () => unknown,
  ...messages: string[]
): BadInput {
  const caught = async (): Promise<readonly string[]> => {
    try {
      return (await refuse()) as string[];
    } catch (error) {
      return [(error as Error).message];
    }
  };
  return { row, input, messages, refuse: caught };
}

/** Cannot be given. */
export function absent(row: number, input: string, why: string): BadInput {
  return { row, input, messages: [why], refuse: null };
}
