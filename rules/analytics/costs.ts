/** What a stack's parts cost, as the user has written it down. */
export interface Prices {
  /** Such as `EUR`. */
  readonly currency: string;
  /** Of 1024 megabytes that containers may use, a month. */
  readonly memoryGigabyte: number;
  /** Of one processor that containers may use, a month. */
  readonly cpu: number;
  /** Stack -> what else it costs a month, by name: a host, a bucket. */
  readonly stacks: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a stack has containers for. */
export interface Reserved {
  readonly services: readonly {
    readonly replicas: number;
    readonly memoryMegabytes: number;
    readonly cpus: number;
  }[];
  /** Of the edge and the database, which there is one of. */
  readonly sharedMemoryMegabytes: number;
  /** Whether the set that does not serve runs on. */
  readonly isIdleSetWarm: boolean;
}

/** What a stack costs a month. */
export interface Cost {
  readonly currency: string;
  readonly total: number;
  /** In the order in which they are shown. */
  readonly items: readonly { readonly name: string; readonly amount: number }[];
}

/** Adds up what a stack costs a month: what containers may use by its price, and what the file names beside. */
export function workOutCost(stack: string, prices: Prices, reserved: Reserved): Cost {
  const set = reserved.services.reduce(
    (sum, { replicas, memoryMegabytes, cpus }) =>
      sum + replicas * ((memoryMegabytes / 1024) * prices.memoryGigabyte + cpus * prices.cpu),
    0,
  );
  const shared = (reserved.sharedMemoryMegabytes / 1024) * prices.memoryGigabyte;
  const own: [name: string, amount: number][] = [
    ["serving set", set],
    ["warm set to go back to", reserved.isIdleSetWarm ? set : 0],
    ["edge and database", shared],
  ];
  const items = [...own, ...Object.entries(prices.stacks[stack] ?? {})]
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => ({ name, amount }));
  return {
    currency: prices.currency,
    total: items.reduce((sum, { amount }) => sum + amount, 0),
    items,
  };
}

/** `52.30 EUR a month: serving set 4.10, host 38.00` */
export function describeCost({ currency, total, items }: Cost): string {
  const each = items.map(({ name, amount }) => `${name} ${amount.toFixed(2)}`);
  return `${total.toFixed(2)} ${currency} a month${each.length > 0 ? `: ${each.join(", ")}` : ""}`;
}
