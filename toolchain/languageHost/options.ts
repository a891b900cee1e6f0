import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";

/** `runtime.options` of a Pulumi.yaml, as far as Node programs use them. */
export interface RuntimeOptions {
  /** Whether Pulumi compiles TypeScript itself; on unless switched off. */
  readonly typescript: boolean;
  /** Arguments for node, before the program. */
  readonly nodeargs: readonly string[];
  /** Path of a tsconfig.json other than the project's own. */
  readonly tsconfig: string | undefined;
}

/** Reads the runtime options of a program. */
export function runtimeOptions(info: ProgramInfo | undefined): RuntimeOptions {
  const options: Record<string, unknown> = info?.getOptions()?.toJavaScript() ?? {};
  const nodeargs = typeof options.nodeargs === "string" ? splitWords(options.nodeargs) : [];
  const tsconfig = typeof options.tsconfig === "string" ? options.tsconfig : undefined;
  return {
    typescript: options.typescript !== false && options.typescript !== "false",
    nodeargs,
    tsconfig,
  };
}

/** Splits words as a shell does, with quotes. */
export function splitWords(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      String(double ?? single),
    ),
  );
}
