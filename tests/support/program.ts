import * as pulumi from "@pulumi/pulumi";
import main from "../../index";
import type { ObservedState } from "../../release/rolloutPlan";
import { observedState, pretendOperation } from "./hostQuestionsMock";
import type { StackOutputs } from "../../release/stackOutputs";

/** One registered resource: what the engine would be told. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** Logical name; null: the stack itself. */
  readonly parent: string | null;
  readonly dependsOn: readonly string[];
}

/** What a run of the program is given. */
export interface ProgramRun {
  readonly stack: string;
  /** The stack's `maestro:` keys without that prefix. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly observed?: ObservedState | null;
  readonly previous?: Partial<StackOutputs>;
  readonly preview?: boolean;
  /** Operations that do not run, as in `pulumi up --exclude`. */
  readonly leftOut?: readonly string[];
}

export interface ProgramResult {
  readonly registrations: readonly Registration[];
  readonly outputs: StackOutputs;
}

/**
 * Runs the whole program against mocks and returns what it registered. The test file mocks `targets/dockerHost/questions` with
 * `tests/support/hostQuestionsMock`.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramResult> {
  const registrations: Registration[] = [];
  await prepare(run);
  const outputs = await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      const custom = opts as pulumi.CustomResourceOptions;
      const dependsOn = [custom.dependsOn ?? []].flat() as { __name?: string }[];
      registrations.push({
        type,
        name,
        inputs: props,
        protect: custom.protect ?? false,
        ignoreChanges: custom.ignoreChanges ?? [],
        replaceOnChanges: custom.replaceOnChanges ?? [],
        parent: (custom.parent as { __name?: string } | undefined)?.__name ?? null,
        dependsOn: dependsOn.map((resource) => resource.__name ?? "?"),
      });
      return undefined;
    });
    return main();
  });
  await pulumi.runtime.disconnect();
  const resolved = run.preview ? {} : await resolve(outputs as unknown as pulumi.Inputs);
  return {
    registrations: await Promise.all(registrations.map(withInputs)),
    outputs: resolved as StackOutputs,
  };
}

/** With those of its inputs that came late. */
async function withInputs(registration: Registration): Promise<Registration> {
  const entries = Object.entries(registration.inputs).map(
    async ([key, value]) => [key, value instanceof Promise ? await value : value] as const,
  );
  return { ...registration, inputs: Object.fromEntries(await Promise.all(entries)) };
}

/** Runs the program for the error it throws before the first component; inside of a stack nobody could catch it. */
export async function runProgramToError(run: ProgramRun): Promise<never> {
  await prepare(run);
  await main();
  throw new Error("the program threw nothing");
}

async function prepare(run: ProgramRun): Promise<void> {
  observedState.current = run.observed ?? null;
  // The program's own words to the operator would bury the tests' report.
  jest.spyOn(console, "log").mockImplementation(() => undefined);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(run.config).map(([key, value]) => [
        `maestro:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state:
          type === "pulumi:pulumi:StackReference"
            ? { ...(inputs as object), outputs: run.previous ?? {} }
            : {
                ...(inputs as object),
                ...runCommand(run, name, inputs as Record<string, unknown>),
              },
      }),
      call: ({ token }) => {
        throw new Error(`the program called ${token}, which no test expects`);
      },
    },
    "maestro",
    run.stack,
    run.preview ?? false,
    "organization",
  );
}

function runCommand(
  { leftOut = [] }: ProgramRun,
  name: string,
  { create, stdin }: Record<string, unknown>,
): { stdout?: string } {
  if (typeof create !== "string" || typeof stdin !== "string") return {};
  if (!leftOut.includes(name)) pretendOperation(create, stdin);
  return { stdout: "" };
}

/** Values behind outputs: what the engine would be told. */
export function resolve(outputs: pulumi.Inputs): Promise<unknown> {
  return new Promise((done) => void pulumi.output(outputs).apply(done));
}
