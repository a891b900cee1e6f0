import type { Settings } from "../../config/settings";
import type { Host } from "../../host/host";
import type { Color, ReleaseRecord } from "../../release/release";
import type { DeepFinding } from "../../rules/health/deepStatus";
import type { DockerHostHands } from "../../targets/dockerHost/hands";

/** One thing to look at; what it throws is a finding. */
export interface PlannedLook {
  readonly service: string | null;
  readonly check: string;
  readonly look: () => Promise<DeepFinding>;
}

/** A set, and what looks at it need. */
export interface Examined {
  readonly stack: string;
  readonly prefix: string;
  readonly settings: Settings;
  readonly host: Host;
  readonly hands: DockerHostHands;
  readonly color: Color;
  readonly isActive: boolean;
  readonly record: ReleaseRecord;
  /** Those of its services that are looked at. */
  readonly services: readonly string[];
}
