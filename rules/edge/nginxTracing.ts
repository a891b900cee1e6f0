import { setRanges } from "../../release/addresses";
import { COLORS } from "../../release/release";

/** How requests are joined to traces (W3C Trace Context, `traceparent`). */
export interface EdgeTracing {
  /** Whether a client's own trace goes on; otherwise each request begins one, except those of the stack's own services. */
  readonly trustClients: boolean;
  /** Share of the traces that the edge begins which services are asked to record, 0 to 1. */
  readonly sampled: number;
}

const ID = "(?!0{32})[0-9a-f]{32}";
const SPAN = "(?!0{16})[0-9a-f]{16}";
/** Version 00 ends with its flags; of a later version what comes behind them is its own affair (W3C Trace Context, 3.2.4). */
const TRACEPARENT =
  `"~^(?:00-(?<maestro_trace_a>${ID})-${SPAN}-[0-9a-f]{2}` +
  `|(?!00|ff)[0-9a-f]{2}-(?<maestro_trace_b>${ID})-${SPAN}-[0-9a-f]{2}(?:-[!-~]{0,200})?)$"`;

/**
 * Variables of a trace: nginx has a random id of 32 hex digits for each request, which is a valid trace id, and its last
 * 16 are a valid span id. The edge adds no span of its own, so services' first spans have a parent that nobody recorded.
 */
export function renderTracing({ trustClients, sampled }: EdgeTracing, subnet: string): string {
  const percent = Number((sampled * 100).toFixed(2));
  const flags =
    percent === 0 || percent === 100
      ? `  map "" $maestro_trace_flags { default ${percent === 0 ? "00" : "01"}; }`
      : `  split_clients $request_id $maestro_trace_flags { ${percent}% 01; * 00; }`;
  const begun = "00-$request_id-$maestro_span-$maestro_trace_flags";
  const given = trustClients ? "$http_traceparent" : "$maestro_own_traceparent";
  return [
    '  map $request_id $maestro_span { "~(?<maestro_half>.{16})$" $maestro_half; }',
    flags,
    ...(trustClients ? [] : renderOwn(subnet)),
    `  map ${given} $maestro_traceparent { default ${begun}; ${TRACEPARENT} ${given}; }`,
    `  map ${given} $maestro_trace { default $request_id; ${TRACEPARENT} $maestro_trace_a$maestro_trace_b; }`,
    // What a tracer says beside belongs to the trace that it began.
    `  map ${given} $maestro_tracestate { default ""; ${TRACEPARENT} $http_tracestate; }`,
  ].join("\n");
}

/** What the stack's own services say, which ask each other through the edge: what a client began goes on from one to the next. */
function renderOwn(subnet: string): string[] {
  const ranges = COLORS.flatMap((color) => setRanges(subnet, color));
  return [
    `  geo $realip_remote_addr $maestro_own { default 0; ${ranges.map((range) => `${range} 1;`).join(" ")} }`,
    '  map $maestro_own $maestro_own_traceparent { default ""; 1 $http_traceparent; }',
  ];
}
