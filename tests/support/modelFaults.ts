import type { Ailment } from "./memoryParts";

/** How an update goes wrong. */
export type Fault =
  | { readonly kind: "none" }
  /** The release does not answer through preview, is never ready, or does not answer users: on one host, or on all. */
  | { readonly kind: "gate" | "unwell" | "watch"; readonly host?: number }
  /** Somebody cancels the update while users' first answers are watched. */
  | { readonly kind: "cancel" }
  /** Carried out in part: steps left out, as by `--target` and `--exclude`. */
  | { readonly kind: "part"; readonly leftOut: readonly Step[] }
  /** The deployer dies before this change, counted over all of the update: of records, of traffic, of a set, of its state. */
  | { readonly kind: "kill"; readonly step: number }
  /** A host is lost at its first change from this one on, before the change or with the word that it was made. */
  | {
      readonly kind: "cut";
      readonly host: number;
      readonly step: number;
      readonly loses: "change" | "answer";
      /** And the release does not answer users where they are reached. */
      readonly watch?: true;
    };

/** What an update can leave out: a service's name stands for its container. */
export type Step = "claim" | "gate" | "switch" | "deletes" | "api" | "web" | "jobs";

/** What each fault does to a release. */
export const AILMENTS: Partial<Readonly<Record<Fault["kind"], Ailment>>> = {
  gate: { answers: { preview: "status 500" } },
  unwell: { unfit: "web died" },
  watch: { answers: { public: "status 500" } },
};
