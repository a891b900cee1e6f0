/** Options of `status` as given. */
export interface StatusOptions {
  readonly stack: string;
  readonly json?: boolean;
  readonly deep?: boolean;
  readonly set?: string;
  readonly wait?: boolean;
  readonly timeout?: string;
}

/** What `status --deep` is to do. */
export interface DeepWish {
  readonly stack: string;
  /** Null: all. */
  readonly service: string | null;
  readonly set: "active" | "idle";
  readonly json: boolean;
  /** How long it waits until all is well; null: it looks once. */
  readonly waitSeconds: number | null;
}

const DEFAULT_TIMEOUT = "60s";
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/**
 * Null: nothing is to be looked at in depth.
 *
 * @throws Error naming all that is wrong.
 */
export function readWish(service: string | null, options: StatusOptions): DeepWish | null {
  const { stack, json = false, deep = false, set = "active", wait = false } = options;
  const given = { "[service]": service, "--set": options.set, "--wait": options.wait };
  const [, number, unit = ""] = /^(\d{1,5})([smh])$/.exec(options.timeout ?? DEFAULT_TIMEOUT) ?? [];
  const stray = (name: string, of: string) => `${name}: is only for ${of}; add it, or remove this`;
  const problems = [
    ...Object.entries(given).flatMap(([name, value]) =>
      !deep && value != null ? [stray(name, "--deep")] : [],
    ),
    ...(options.timeout !== undefined && !wait ? [stray("--timeout", "--wait")] : []),
    ...(set === "active" || set === "idle"
      ? []
      : [`--set: must be active or idle, got ${JSON.stringify(set)}`]),
    ...(number
      ? []
      : [`--timeout: must be such as 30s, 5m or 1h, got ${JSON.stringify(options.timeout)}`]),
  ];
  if (problems.length > 0) throw new Error(problems.join("\n"));
  if (!deep) return null;
  const waitSeconds = wait ? Number(number) * SECONDS[unit]! : null;
  return { stack, service, set: set === "idle" ? "idle" : "active", json, waitSeconds };
}
