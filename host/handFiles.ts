import * as path from "node:path";
import { markersOf, slotsUntil, type HandRule } from "../rules/edge/byHand";
import type { HostFiles } from "./host";

type Named = Pick<HandRule, "kind" | "address">;

/**
 * The files by which the edge obeys rules by hand, below what it sees as /etc/maestro/hand:
 *
 * ```
 * on                        there as long as a rule may hold; without it no other file is looked for
 * maintenance/<slot>        there: no client gets the services in that time
 * allowed/<address>         except for this one
 * retryAfter/<seconds>      what they are told to wait
 * page.html                 what browsers get
 * pause/<slot>              there: requests are held in that time
 * blocked/<address>-<slot>  there: that client is refused in that time; `throttled`: it is slowed
 * ```
 *
 * Slots end by themselves, see `slotsUntil`: what is left of a rule that is over does nothing.
 */
export class HandFiles {
  /** @param directory what the edge sees. */
  constructor(
    private readonly files: HostFiles,
    private readonly directory: string,
  ) {}

  /**
   * Has a rule hold from now on, in the place of the one before of its kind and client.
   *
   * @param now Unix time of the host, in seconds.
   * @param page what browsers get while there is maintenance.
   */
  async place(rule: HandRule, now: number, page = ""): Promise<void> {
    if (rule.kind === "maintenance") await this.placeMaintenance(rule, page);
    const { directory, prefix } = markersOf(rule);
    const until = Math.floor(Date.parse(rule.until) / 1000);
    await this.replace(
      directory,
      slotsUntil(now, until).map((slot) => prefix + slot),
      (name) => name.startsWith(prefix),
    );
    await this.files.write(this.at("on"), "on\n");
  }

  /** Ends a rule at once. */
  async lift({ kind, address }: Named): Promise<void> {
    const { directory, prefix } = markersOf({
      kind,
      ...(address === undefined ? {} : { address }),
    });
    await this.replace(directory, [], (name) => name.startsWith(prefix));
    if (kind !== "maintenance") return;
    await this.replace("allowed", [], () => true);
    await this.replace("retryAfter", [], () => true);
    await this.files.remove(this.at("page.html"));
  }

  /** No rule holds any more: requests cost what they did. */
  async rest(): Promise<void> {
    await this.files.remove(this.at("on"));
  }

  /** Has the rules that there are obeyed. */
  wake(): Promise<void> {
    return this.files.write(this.at("on"), "on\n");
  }

  private async placeMaintenance(rule: HandRule, page: string): Promise<void> {
    await this.files.write(this.at("page.html"), page);
    await this.replace("allowed", rule.allow ?? [], () => true);
    const retryAfter = rule.retryAfterSeconds === undefined ? [] : [String(rule.retryAfterSeconds)];
    await this.replace("retryAfter", retryAfter, () => true);
  }

  /** New files come before old ones go, so that nothing is open in between. */
  private async replace(
    directory: string,
    wanted: readonly string[],
    isOurs: (name: string) => boolean,
  ): Promise<void> {
    const there = (await this.files.list(this.at(directory))).map(({ name }) => name);
    const missing = wanted.filter((name) => !there.includes(name));
    await Promise.all(missing.map((name) => this.files.write(this.at(directory, name), "")));
    const gone = there.filter((name) => isOurs(name) && !wanted.includes(name));
    await Promise.all(gone.map((name) => this.files.remove(this.at(directory, name))));
  }

  private at(...parts: readonly string[]): string {
    return path.posix.join(this.directory, ...parts);
  }
}
