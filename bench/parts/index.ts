import type { Context } from "../context";
import type { Measurement } from "../measurement";
import { deploy } from "./deploy";
import { edge } from "./edge";
import { migrations } from "./migrations";
import { noOp } from "./noOp";
import { page } from "./page";
import { peers } from "./peers";
import { rollback } from "./rollback";
import { scale } from "./scale";
import { switchTraffic } from "./switch";
import { traffic } from "./traffic";
import { warmSet } from "./warm";

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
  peers: { title: "Other tools, under the same load", run: peers },
  edge: { title: "A request at the edge", run: edge },
  warm: { title: "The idle set, kept warm", run: warmSet },
  migrations: { title: "Databases: a long history, and many at once", run: migrations },
  page: { title: "A frontend's page in a browser", run: page },
  traffic: { title: "Releases judged by their traffic, simulated", run: traffic },
  scale: { title: "5, 50, 500 and 1,000 services", run: scale },
};
