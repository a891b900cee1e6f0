import type { Context } from "../context";
import type { Measurement } from "../measurement";
import { deploy } from "./deploy";
import { noOp } from "./noOp";
import { rollback } from "./rollback";
import { scale } from "./scale";
import { switchTraffic } from "./switch";

/** One question of the bench. */
export interface Part {
  readonly title: string;
  readonly run: (context: Context) => Promise<Measurement[]>;
}

/** All parts by the name that `--only` takes. */
export const PARTS: Readonly<Record<string, Part>> = {
  "no-op": { title: "An update with nothing to do", run: noOp },
  rollback: { title: "Rollback to the warm release", run: rollback },
  switch: { title: "The switch as users see it", run: switchTraffic },
  deploy: { title: "Deploy of a changed release of five services", run: deploy },
  scale: { title: "5, 50 and 500 services", run: scale },
};
