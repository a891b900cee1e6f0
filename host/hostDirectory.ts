import * as path from "node:path";
import type { Color } from "../release/release";
import type { Placement } from "../release/rolloutPlan";
import { StackRecords } from "../records/stackRecords";
import { EdgeFiles } from "./edgeFiles";
import { HandFiles } from "./handFiles";
import type { Host } from "./host";
import { RecordFiles } from "./recordFiles";

/** What a stack keeps on its Docker host, beside Pulumi's state: the files of its edge, and its records. */
export class HostDirectory {
  readonly edge: EdgeFiles;
  readonly hand: HandFiles;
  readonly records: StackRecords;

  constructor({ files }: Pick<Host, "files">, root: string) {
    this.edge = new EdgeFiles(files, path.posix.join(root, "edge"));
    this.hand = new HandFiles(files, path.posix.join(root, "edge", "hand"));
    this.records = new StackRecords(new RecordFiles(files, path.posix.join(root, "records")));
  }

  /** A set is what its record says, so that traffic may go there; the edge may name it from now on. */
  async prove(color: Color, placement: Omit<Placement, "proven">): Promise<void> {
    await this.records.writePlacement(color, { ...placement, proven: true });
    await this.edge.announce(color, placement.record.id);
  }

  /** Forgets what serves: the stack is destroyed. */
  async forgetServing(): Promise<void> {
    await this.edge.forgetServing();
    for (const rule of await this.records.byHand.list()) {
      await this.hand.lift(rule);
      await this.records.byHand.remove(rule);
    }
    await this.hand.rest();
    await this.records.forgetServing();
  }
}
