import type { HeldSet, Unfit, Way } from "../../targets/hands";
import { PromiseBroken } from "./memoryParts";
import { MemoryTarget } from "./memoryTarget";

/** A target whose users cancel an update, that can be lost, and whose set that serves must always be what its record says. */
export class ModelTarget extends MemoryTarget {
  isCancelling = false;
  isLost = false;

  override async findUnfit(set: HeldSet): Promise<Unfit | null> {
    const unfit = await super.findUnfit(set);
    if (unfit?.kind === "incomplete" && (await this.activeColor()) === set.color) {
      throw new PromiseBroken(`serves, and ${unfit.says}`);
    }
    return unfit;
  }

  override ask(set: HeldSet, way: Way, services?: readonly string[]): Promise<readonly string[]> {
    if (this.isCancelling && way === "public") process.emit("SIGTERM");
    return super.ask(set, way, services);
  }
}
