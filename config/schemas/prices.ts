import * as z from "zod/mini";
import { decimal, map, object, text } from "./fields";

const MOST = 1_000_000;
const price = () => z._default(decimal(0, MOST), 0);

function isAmounts(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((amount) => decimal(0, MOST).safeParse(amount).success)
  );
}

/** `prices.yaml`: what stacks cost, as their owner has written it down. */
export const pricesSchema = object({
  currency: text(/^[A-Z]{3}$/, "must be a currency's code of ISO 4217; such as EUR"),
  memoryGigabyte: price(),
  cpu: price(),
  stacks: z._default(
    map<Readonly<Record<string, number>>>("must be an object of stacks", (_stack, value) =>
      isAmounts(value)
        ? undefined
        : `must be amounts from 0 to ${MOST} a month by their names; such as {host: 38}`,
    ),
    {},
  ),
});
