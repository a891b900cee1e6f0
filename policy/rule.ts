/** A resource as a program asks for it. */
export interface CheckedResource {
  readonly type: string;
  /** Inputs; what is known only after the update is left out. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
}

/** What must hold for every resource, in any program that the pack is used with. */
export interface Rule {
  /** Lower case with hyphens: how violations are called. */
  readonly name: string;
  readonly description: string;
  /** @returns what breaks the rule and the way out, a line each; empty: the resource keeps it. */
  readonly check: (resource: CheckedResource) => string[];
}
