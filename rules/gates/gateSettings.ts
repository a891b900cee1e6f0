import type { ApprovalSettings } from "./approval";
import type { RegistryAddresses } from "../aws/ecrAddress";
import type { ScanSettings } from "./scanRules";
import type { SbomSettings } from "./sbomRules";
import type { SignatureSettings } from "./signatureRules";
import type { DeployWindow } from "./deployWindow";

/** A gate of the user's own, by its module. */
export interface GateModule {
  /** Relative to the project's directory: `gates/ticket.js`. */
  readonly module: string;
  /** Given to the module as they are. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A deployment environment of GitHub whose reviewers have let the job go on. */
export interface GithubEnvironmentSettings {
  readonly name: string;
}

/** What must let a release out. */
export interface GateSettings {
  /** Null: releases go out at all hours. */
  readonly window: DeployWindow | null;
  readonly modules: readonly GateModule[];
  /** Left out: nobody need agree. */
  readonly approvals?: ApprovalSettings;
  /** Left out: no job need wait. */
  readonly githubEnvironment?: GithubEnvironmentSettings;
  /** Left out: images need no scan. */
  readonly scans?: ScanSettings;
  /** Left out: images need no signature. */
  readonly signatures?: SignatureSettings;
  /** Left out: nobody need list what images are made of. */
  readonly sboms?: SbomSettings;
  /** The stack's ECR, for gates that ask it; left out: it has none, or no gate does. */
  readonly registry?: RegistryAddresses;
}

/** One release may pass gates that keep it in, for a reason that goes on record. */
export interface GateOverride {
  readonly release: string;
  readonly reason: string;
}
