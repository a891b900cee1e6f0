import type { ToldKind } from "./notice";

/** What every channel has. */
interface ChannelBase {
  /** What messages and records call it. @default - its kind */
  readonly name: string;
  /** What it tells of. */
  readonly events: readonly ToldKind[];
}

/** A channel by the variables of the environment that hold what is secret of it. */
export type ChannelSettings = ChannelBase &
  (
    | { readonly kind: "slack" | "discord" | "teams"; readonly urlFrom: string }
    | { readonly kind: "webhook"; readonly urlFrom: string; readonly secretFrom?: string }
    | { readonly kind: "pagerduty"; readonly routingKeyFrom: string; readonly urlFrom?: string }
    | {
        readonly kind: "smtp";
        readonly host: string;
        readonly port: number;
        readonly from: string;
        readonly to: readonly string[];
        readonly userFrom?: string;
        readonly passwordFrom?: string;
      }
    | {
        readonly kind: "module";
        readonly module: string;
        readonly options: Readonly<Record<string, unknown>>;
      }
  );

/** What people want to know of; `went back` comes with a `rejected` before it. */
export const TOLD: readonly ToldKind[] = [
  "claimed",
  "moved",
  "rejected",
  "no healthy set",
  "gate overridden",
];
/** What somebody is woken for, and its end. */
export const WOKEN_FOR: readonly ToldKind[] = ["went back", "no healthy set", "moved"];
