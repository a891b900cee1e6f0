import { handKey, type HandRule } from "../rules/edge/byHand";
import type { RecordStore } from "./recordStore";

const RULES = "byHand";

/** What operators have the edge do with requests for a while: a document for each rule, with its end. */
export class HandRecords {
  constructor(private readonly store: RecordStore) {}

  /** All rules, those that are over too, by their key. */
  async list(): Promise<HandRule[]> {
    const keys = [...(await this.store.list(RULES))].sort();
    const rules = await Promise.all(keys.map((key) => this.store.read<HandRule>(key)));
    return rules.filter((rule) => rule !== null);
  }

  /** In the place of the one of the same kind about the same client. */
  write(rule: HandRule): Promise<void> {
    return this.store.write(`${RULES}/${handKey(rule)}`, rule);
  }

  remove(rule: Pick<HandRule, "kind" | "address">): Promise<void> {
    return this.store.remove(`${RULES}/${handKey(rule)}`);
  }
}
